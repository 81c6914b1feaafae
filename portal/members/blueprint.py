"""The blueprints of firms and their people, and of the documents they hand in.

Pages that also need to know of applications stand in `portal/applications/firm_pages.py`, on the same blueprint.
"""

from flask import Blueprint

members = Blueprint("members", __name__)
documents = Blueprint("documents", __name__, url_prefix="/documents")
