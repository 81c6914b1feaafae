"""Makes the app. Nothing here touches the database: gunicorn may import before `init` has run."""

import logging
import secrets
from datetime import timedelta
from pathlib import Path

from flask import Flask, Response, abort, redirect, request, url_for
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from portal.common import clock, compressed, errors, formats, headers, kept_form, narrow_tables, uploads
from portal.common.config import ROOT, Settings, settings_from_environment
from portal.common.database import NotInitialised
from portal.common.instance import Instance
from portal.common.preferences import chosen_locale, locale_name, preferences, text_size
from portal.common.web import check_route, close_reading
from portal.migrate import require_current
from portal.setup import require_terms_kept

MOST_UPLOADED = 12 * 1024 * 1024  # bytes of one request; a workbook may have 10 MB


def create_app(settings: Settings | None = None) -> Flask:
    """An app for these settings, by default those of the environment."""
    settings = settings or settings_from_environment()
    app = Flask(
        "portal",
        root_path=str(ROOT / "portal"),
        instance_path=str(settings.instance),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    served = Instance(settings)
    app.extensions["tongbao"] = served
    _configure(app, served)
    Babel(app, locale_selector=chosen_locale, default_locale="zh_Hans_CN", default_timezone="Asia/Shanghai")
    uploads.register(app)
    # Before tokens are checked: a form that comes without its session is kept, not called forged.
    _guard(app, served)
    CSRFProtect(app)
    Bootstrap5(app)
    _register(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the documented way to wrap a Flask app
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    return app


def _configure(app: Flask, served: Instance) -> None:
    try:
        secret = served.keys.session
    except NotInitialised:
        secret = secrets.token_bytes(32)  # before init no page is served, so nothing is signed with it
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=served.settings.https,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        MAX_CONTENT_LENGTH=MOST_UPLOADED,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch is not lost
        BABEL_TRANSLATION_DIRECTORIES=str(Path(__file__).parent / "translations"),
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    _log_to_stderr()


def _log_to_stderr() -> None:
    """Every reference number that a page shows stands in the log, also of the small mishaps."""
    log = logging.getLogger("portal")
    log.setLevel(logging.INFO)
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)


def _register(app: Flask) -> None:
    """Every area's pages, in the order of a policy's life."""
    from portal import areas

    formats.register(app)
    narrow_tables.register(app)
    compressed.register(app)
    headers.register(app, app.extensions["tongbao"].settings.https)
    errors.register(app)
    app.register_blueprint(preferences)
    areas.register(app)

    @app.context_processor
    def on_every_page() -> dict[str, object]:
        return {"locale": locale_name(), "text_size": text_size(), "now": clock.now()}


def _guard(app: Flask, served: Instance) -> None:
    from portal.accounts.sign_in import ended_account

    checked: list[bool] = []

    @app.before_request
    def before_every_page() -> BaseResponse | Response | None:
        if request.endpoint is None or request.endpoint.endswith("static"):
            return None
        if not checked:
            _ = served.keys
            require_current(served.database)
            require_terms_kept(served.database)
            checked.append(True)
        view = app.view_functions[request.endpoint]
        if not check_route(view, request.endpoint):
            if request.path.startswith("/api/"):
                abort(401)
            page = kept_form.page_of_form()
            answer = redirect(url_for("accounts.sign_in", next=page))
            kept_form.keep(answer, ended_account(served.keys), page)
            return answer
        kept_form.look()
        return None

    app.teardown_appcontext(close_reading)
