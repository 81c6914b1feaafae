"""The one blueprint of the reviewer's desk: its pages stand in modules of their own, each for one kind of work."""

from flask import Blueprint

desk = Blueprint("desk", __name__, url_prefix="/desk")
