"""The blueprint of events, confirmed concerns, and the warnings that firms read."""

from flask import Blueprint

warnings = Blueprint("warnings", __name__)
