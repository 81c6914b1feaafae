"""The least that a Flask page can be: what the portal's steps are measured against, on the same server."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def page() -> str:
    """A page of a few words, without database, session or template."""
    return "<!doctype html><title>bare</title><p>bare</p>"
