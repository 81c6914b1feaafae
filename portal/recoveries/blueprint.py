"""The one blueprint of recoveries and of excesses over the cap."""

from flask import Blueprint

recoveries = Blueprint("recoveries", __name__)
