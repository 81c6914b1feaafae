"""The one blueprint of the messages' pages: the reader's own, and what the administrator minds."""

from flask import Blueprint

messages = Blueprint("messages", __name__)
