"""``create_app()``: the only module that knows all rooms."""

import logging
from io import BytesIO
from typing import Any

import click
from flask import Flask, Request, Response, g, jsonify, request
from flask.cli import with_appcontext
from flask_babel import Babel
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from redis import RedisError
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload

import accounts.commands
import accounts.people_routes
import accounts.routes
import accounts.security_routes
import avrr.api
import avrr.jobs
import avrr.movement_routes
import avrr.reintegration_routes
import avrr.routes
import casework.api
import casework.commands
import casework.family_routes
import casework.import_routes
import casework.jobs
import casework.paper_routes
import casework.person_routes
import casework.record_api
import casework.record_routes
import casework.register_routes
import casework.routes
import casework.shelter_routes
import casework.team_routes
import custody.commands
import custody.file_routes
import custody.guard_routes
import custody.jobs
import custody.routes
import demo.commands
import funds.keeping
import funds.routes
import notifications.commands
import notifications.routes
import referral.api
import referral.inward
import referral.inward_routes
import referral.link_routes
import referral.network_routes
import referral.routes
import referral.sending
import reporting.api
import reporting.commands
import reporting.file_routes
import reporting.jobs
import reporting.publish_routes
import reporting.release_routes
import reporting.routes
import reporting.warehouse
from access import actors, policy
from accounts import single_sign_on, tokens
from casework import signals as casework_signals
from config import ROOT, Settings, from_environment
from custody import keys
from models import scope
from models.base import db, prepare_sqlite
from models.migrating import migrated
from models.people import Organisation, User
from notifications import hooks, jobs, queries, queue
from vault.keyring import Keyring
from web import faults, headers, openapi, sessions, template_cache, words
from web.room import ROUTES, Route, refuse_unguarded

ROOMS = (
    accounts.routes.room, accounts.security_routes.room, accounts.people_routes.room, casework.routes.room, casework.register_routes.room, casework.import_routes.room,
    casework.api.room, notifications.routes.room, referral.routes.room, referral.network_routes.room, referral.inward_routes.room, referral.link_routes.room, referral.api.room, funds.routes.room, avrr.routes.room,
    avrr.reintegration_routes.room, avrr.movement_routes.room, avrr.api.room, reporting.publish_routes.room, reporting.file_routes.room, reporting.release_routes.room, reporting.routes.room, reporting.api.room, reporting.warehouse.room, custody.routes.room, custody.guard_routes.room,
    custody.file_routes.room, casework.person_routes.room, casework.record_routes.room, casework.team_routes.room, casework.shelter_routes.room, casework.family_routes.room, casework.paper_routes.room, casework.record_api.room, openapi.room,
)  # fmt: skip


class InMemoryRequest(Request):
    """Uploads stay in memory: Werkzeug's own choice would put larger ones in a temporary file, in clear."""

    def _get_file_stream(self, *_arguments: Any, **_named: Any) -> Any:
        return BytesIO()


class Application(Flask):
    """Flask with requests that never touch the disk."""

    request_class = InMemoryRequest


def create_app(settings: Settings | None = None, *, check: bool = True) -> Flask:
    """The application. ``check=False`` leaves keys and migrations unread (for the migrations themselves)."""
    settings = settings or from_environment()
    if faulty := policy.undecided():
        raise RuntimeError(f"permissions nobody decided on: {faulty}")
    app = Application("application", root_path=str(ROOT))
    _configure(app, settings)
    _extend(app, settings)
    faults.register(app)
    headers.register(app, https=settings.production)
    words.register(app)
    template_cache.register(app, settings.data / "templates")
    refuse_unguarded(app)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
        if room.api:
            app.extensions["csrf"].exempt(room.blueprint)
    _register_jobs()
    _listen()
    _register_commands(app)
    _health(app)
    if check:
        with app.app_context():
            open_keys(app, settings)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True} if settings.database_url.startswith("postgresql") else {},
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
        # CSRF tokens are signed with a key derived from the root key once that is open; sessions are on the server.
        SECRET_KEY="",
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for name in ("waitress", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _extend(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            prepare_sqlite(db.engine)
    app.session_interface = sessions.ServerSessions(secure=settings.production, idle_minutes=settings.idle_minutes, lock_minutes=settings.lock_minutes)
    CSRFProtect(app)
    Babel(app, locale_selector=_locale, timezone_selector=_timezone)
    login = LoginManager(app)
    login.user_loader(lambda user_id: db.session.get(User, int(user_id), options=[joinedload(User.grants)]))
    app.before_request(_who)
    app.teardown_request(_leave_scope)
    app.context_processor(_badges)
    queue.register_hooks(app)
    scope.register()
    single_sign_on.register(app)


def _who() -> None:
    """Who acts in this request, with the grants of this moment; the database is told too."""
    if request.endpoint == "static":
        return
    g.scope_before = scope.standing()
    scope.enter(scope.NOBODY)
    _find_actor()
    if g.actor is not None:
        scope.enter(g.actor.scope)


def _leave_scope(_error: BaseException | None) -> None:
    """What comes next in this thread begins as it did before the request."""
    if "scope_before" in g:
        scope.put_back(g.scope_before)


def _find_actor() -> None:
    header = request.headers.get("Authorization", "")
    if request.path.startswith("/api/"):
        token = tokens.find(header.removeprefix("Bearer ")) if header.startswith("Bearer ") else None
        g.actor = actors.person(token.user, tokens.may(token)) if token else None
        return
    user = current_user if current_user.is_authenticated else None
    g.actor = actors.person(user._get_current_object()) if user and user.active else None  # noqa: SLF001 -- Flask-Login's proxy


def _badges() -> dict[str, Any]:
    actor = g.get("actor")
    if actor is None or not actor.user or request.path.startswith("/api/"):
        return {}
    return {"unread": queries.unread(actor)}


def _locale() -> str:
    actor = g.get("actor")
    if actor and actor.user:
        return str(actor.user.locale)
    return request.accept_languages.best_match(["en", "ar"]) or "en" if request else "en"


def _timezone() -> str:
    actor = g.get("actor")
    places = (grant.organisation.timezone for grant in actor.user.grants if grant.in_force) if actor and actor.user else iter(())
    return next(places, "UTC")


def open_keys(app: Flask, settings: Settings) -> None:
    """Put the keyring in place. Raises :class:`vault.providers.KeyTrouble` with what to do."""
    source = keys.Source(
        settings.key_provider, settings.key_file, settings.master_key, settings.vault_address, settings.vault_token,
        settings.key_name, settings.kms_endpoint, settings.kms_region,
    )  # fmt: skip
    ring = Keyring(keys.provider(source))
    app.extensions["keyring"] = ring
    if migrated():
        keys.load_root()
        app.secret_key = ring.derive("web/csrf")


def _register_jobs() -> None:
    queue.REGISTRY.update(deliver=jobs.deliver, deliver_some=jobs.deliver_some, hook=hooks.deliver, sweep=_sweep, tidy=_tidy)
    queue.REGISTRY["import"] = casework.jobs.run_import
    queue.REGISTRY["remind"] = _remind
    queue.REGISTRY.update(count=reporting.jobs.count, make_file=reporting.jobs.make_file, make_release=reporting.jobs.make_release)
    queue.REGISTRY.update(
        watch=custody.jobs.watch, seal_trail=custody.jobs.seal_trail, propose_erasures=custody.jobs.propose_erasures,
        forget_file=custody.jobs.forget_file, inspect_file=custody.jobs.inspect_file,
    )  # fmt: skip


def _sweep(number: int) -> None:
    """Every minute: messages left lying, imports whose worker died, referrals past their time."""
    for import_id in casework.jobs.stalled_imports():
        queue.enqueue_after_commit("import", import_id)
    referral.sending.expire_late()
    referral.sending.remind_late()
    referral.inward.escalate_late()
    reporting.jobs.sweep()
    hooks.sweep()
    db.session.commit()
    jobs.sweep(number)


def _remind(number: int) -> None:
    """Every hour: tasks due today, follow-ups due and missed."""
    casework.jobs.remind(number)
    avrr.jobs.remind(number)
    funds.keeping.warn_of_ends()
    reporting.jobs.remind()
    db.session.commit()


def _tidy(_number: int) -> None:
    """Every ten minutes: drafts past their days, files never started, sessions long left."""
    sessions.forget_old()
    queue.forget_done()
    custody.jobs.tidy()
    casework.jobs.clean()


def _listen() -> None:
    casework_signals.consent_withdrawn.connect(referral.sending.consent_ended)


def _register_commands(app: Flask) -> None:
    for command in (
        casework.commands.htcds, accounts.commands.token, accounts.commands.user, custody.commands.keys, custody.commands.audit, custody.commands.backup, custody.commands.permissions,
        notifications.commands.worker, notifications.commands.schedule, notifications.commands.queue, reporting.commands.statistics, demo.commands.demo, _organisations,
    ):  # fmt: skip
        app.cli.add_command(command)


@click.command("organisations")
@with_appcontext
def _organisations() -> None:
    """List organisations with their codes."""
    for place in db.session.execute(select(Organisation).order_by(Organisation.kind, Organisation.code)).scalars():
        click.echo(f"{place.code:12} {place.kind:13} {place.country}  {place.name}")


def _health(app: Flask) -> None:
    # Two addresses for machines, open to all and without content; they stand outside the rooms.
    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> Any:
        checks = {"database": _database_answers(), "queue": _queue_answers(app), "key": bool(app.secret_key), "migrations": False}
        checks["migrations"] = checks["database"] and migrated()
        ready = all(checks.values())
        return jsonify(status="ready" if ready else "not ready", checks=checks), 200 if ready else 503

    for name in ("healthz", "readyz"):
        ROUTES[name] = Route(name, f"/{name}", "GET", None, None, None, False, "", False, 200)


def _database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
        db.session.rollback()
    except SQLAlchemyError:
        return False
    return True


def _queue_answers(app: Flask) -> bool:
    try:
        return bool(app.extensions["queue_connection"].ping())
    except (RedisError, OSError):
        return False
