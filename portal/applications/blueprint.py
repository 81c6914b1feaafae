"""The one blueprint of applications: the desk's pages and the firms' own stand in modules of their own."""

from flask import Blueprint

applications = Blueprint("applications", __name__)
