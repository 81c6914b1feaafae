"""The one blueprint of the sources; their pages stand in several modules."""

from flask import Blueprint

reference = Blueprint("reference", __name__)
