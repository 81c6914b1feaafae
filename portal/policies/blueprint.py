"""The one blueprint of policies: the desk's pages and the firms' own stand in modules of their own."""

from flask import Blueprint

policies = Blueprint("policies", __name__)
