"""The blueprint of everything that firms do about a loss."""

from flask import Blueprint

claims = Blueprint("claims", __name__)
