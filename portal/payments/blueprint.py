"""The one blueprint of payments."""

from flask import Blueprint

payments = Blueprint("payments", __name__)
