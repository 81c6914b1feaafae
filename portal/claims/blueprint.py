"""The blueprint of everything that firms do about a loss."""

from flask import Blueprint

from portal.claims.worksheet_words import foot

claims = Blueprint("claims", __name__)
claims.add_app_template_filter(foot, "worksheet_foot")
