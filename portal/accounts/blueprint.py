"""The one blueprint of accounts: signing in, one's own account and the list of staff are modules of their own."""

from flask import Blueprint

accounts = Blueprint("accounts", __name__)
