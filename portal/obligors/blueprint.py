"""The blueprint of the pages of obligors."""

from flask import Blueprint

obligors = Blueprint("obligors", __name__)
