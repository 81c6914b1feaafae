"""The one blueprint of the ledger and its exchange rates."""

from flask import Blueprint

ledger = Blueprint("ledger", __name__)
