"""Entry point: `flask --app app …`, `gunicorn app:app` and `python app.py` all use this one app."""

import os

from portal.factory import create_app

app = create_app()

if __name__ == "__main__":
    app.run(host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ.get("PORT", "5000")))
