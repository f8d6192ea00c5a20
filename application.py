"""``create_app()``: the only module that knows all packages."""

import logging
from collections.abc import Iterable
from io import BytesIO
from typing import IO, Any
from urllib.parse import parse_qsl

from flask import Flask, Request
from flask_wtf import CSRFProtect
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

import accounts.parts
import avrr.parts
import casework.parts
import data_protection.parts
import demo.parts
import files.parts
import funds.parts
import notifications.parts
import operations.parts
import organisations.parts
import referral.parts
import reporting.parts
from access import policy
from config import ROOT, Settings, from_environment
from models import clock, scope
from models.base import db, prepare_sqlite
from notifications import periodic, queue
from operations.keys import open_keys
from web import (
    addresses,
    away,
    errors,
    headers,
    keeping,
    once,
    openapi,
    sessions,
    shown,
    shown_routes,
    telling,
    template_cache,
    template_filters,
    unfinished,
)
from web.converters import WordConverter
from web.guard import refuse_unguarded
from web.parts import Parts

MOST_FIELDS = 10_000  # of a form

# In the order in which periodic work is done: notices go out last, when all others have promised
# theirs.
PARTS: tuple[Parts, ...] = (
    accounts.parts.PARTS,
    organisations.parts.PARTS,
    casework.parts.PARTS,
    data_protection.parts.PARTS,
    files.parts.PARTS,
    operations.parts.PARTS,
    referral.parts.PARTS,
    funds.parts.PARTS,
    avrr.parts.PARTS,
    reporting.parts.PARTS,
    demo.parts.PARTS,
    Parts(
        routes=(openapi.blueprint, shown_routes.blueprint, unfinished.blueprint),
        every_ten_minutes=(keeping.forget_old, once.forget_old, shown.forget_old),
    ),
    notifications.parts.PARTS,
)


class FieldsCounted(FormDataParser):
    """Counts the fields of a form before it reads them, and reads UTF-8 alone: millions of fields,
    or of bytes that are none, would take a thread for half a minute.
    """

    def _parse_urlencoded(self, stream: IO[bytes], *_about: Any) -> Any:
        sent = stream.read()
        if sent.count(b"&") >= MOST_FIELDS:
            raise RequestEntityTooLarge
        try:
            pairs = parse_qsl(sent.decode(), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            raise BadRequest from None
        return stream, self.cls(pairs), self.cls()


class InMemoryRequest(Request):
    """Uploads stay in memory:

    Werkzeug's own choice would put larger ones in a temporary file, in clear.
    """

    form_data_parser_class = FieldsCounted

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """What a program sent; deeper than can be read is as unreadable as any other."""
        try:
            return super().get_json(force=force, silent=silent, cache=cache)
        except RecursionError:
            if silent:
                return None
            raise BadRequest from None

    def _get_file_stream(self, *_arguments: Any, **_named: Any) -> Any:
        return BytesIO()


class Application(Flask):
    """Flask with requests that never touch the disk, and a log that a database which is away does
    not fill: :mod:`web.away` says it once a minute.
    """

    request_class = InMemoryRequest

    def log_exception(self, exc_info: Any) -> None:
        """Log what broke before the session was there, but for a database that is away."""
        if not away.is_away(exc_info[1]):
            super().log_exception(exc_info)


def create_app(
    settings: Settings | None = None, *, check: bool = True, only: Iterable[str] = ()
) -> Flask:
    """The application.

    ``check=False`` leaves keys and migrations unread (for the migrations themselves). ``only``: the
    derived keys of a process that opens no record.
    """
    settings = settings or from_environment()
    if undecided := policy.undecided():
        raise RuntimeError(f"permissions nobody decided on: {undecided}")
    app = Application("application", root_path=str(ROOT))
    app.url_map.converters["word"] = WordConverter
    app.url_map.merge_slashes = False  # the address it would send to is made of the Host that came
    clock.follow(None if settings.production else settings.data)
    _configure(app, settings)
    _extend(app, settings)
    for parts in PARTS:
        _take(app, parts)
    queue.REGISTRY.update(
        sweep=periodic.job(task for parts in PARTS for task in parts.every_minute),
        tidy=periodic.job(task for parts in PARTS for task in parts.every_ten_minutes),
        remind=periodic.job(task for parts in PARTS for task in parts.every_hour),
    )
    template_filters.register(app)  # after accounts, which bring the languages
    template_cache.register(app, settings.data / "templates")
    if check:
        with app.app_context():
            open_keys(app, settings, only)
    return app


def _take(app: Flask, parts: Parts) -> None:
    """Put what a package brings into its place."""
    for guarded in parts.routes:
        app.register_blueprint(guarded.blueprint)
        if guarded.api:
            app.extensions["csrf"].exempt(guarded.blueprint)
    queue.REGISTRY.update(parts.jobs)
    for signal, receiver in parts.listens:
        signal.connect(receiver)
    for command in parts.commands:
        app.cli.add_command(command)
    for set_up in parts.set_up:
        set_up(app)


def _configure(app: Flask, settings: Settings) -> None:
    pooled = settings.database_url.startswith("postgresql")
    app.config.update(
        SETTINGS=settings,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            # Pages and jobs ask in more than a thousand ways: with SQLAlchemy's 500 a busy process
            # would put into words again what it asked an hour ago.
            "query_cache_size": 3000,
            **({"pool_pre_ping": True} if pooled else {}),
        },
        REDIS_URL=settings.redis_url,
        BASE_URL=settings.base_url,
        MAIL_FROM=settings.mail_from,
        MAIL_FOLDER=settings.mail_folder,
        MAX_CONTENT_LENGTH=settings.upload_limit,
        MAX_FORM_MEMORY_SIZE=settings.upload_limit,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
        TESTING=settings.env == "test",
        # Set by open_keys() from the root key; sessions are on the server, only CSRF tokens are
        # signed with it.
        SECRET_KEY="",
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for name in ("waitress", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _extend(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            prepare_sqlite(db.engine)
    app.session_interface = sessions.ServerSessions(
        secure=settings.production,
        idle_minutes=settings.idle_minutes,
        lock_minutes=settings.lock_minutes,
        life_hours=settings.session_hours,
    )
    app.wsgi_app = addresses.Proxied(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    CSRFProtect(app)
    scope.register(
        scope.Patience(settings.lock_seconds, settings.statement_seconds, settings.idle_seconds)
    )
    errors.register(app)
    headers.register(app, https=settings.production)
    keeping.register(app)
    telling.register(app)
    refuse_unguarded(app)
