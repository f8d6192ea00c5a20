"""``create_app()``: the only module that knows all rooms."""

import logging
from io import BytesIO
from typing import Any

from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, Request, Response, jsonify
from flask_wtf import CSRFProtect
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import accounts.commands
import accounts.people_routes
import accounts.routes
import accounts.security_routes
import avrr.api
import avrr.jobs
import avrr.movement_routes
import avrr.reintegration_routes
import avrr.routes
import casework.casefile.api
import casework.casefile.record_api
import casework.casefile.record_routes
import casework.casefile.routes
import casework.casefile.section_routes
import casework.intake.commands
import casework.intake.import_routes
import casework.intake.jobs
import casework.intake.routes
import casework.letters.routes
import casework.people.family_routes
import casework.people.routes
import casework.shelter.routes
import casework.team.routes
import casework.team.work_routes
import data_protection.commands
import data_protection.jobs
import data_protection.routes
import data_protection.trail_routes
import demo.commands
import files.jobs
import files.routes
import funds.administration
import funds.routes
import notifications.commands
import notifications.routes
import operations.commands
import operations.jobs
import referral.api
import referral.incoming
import referral.incoming_routes
import referral.partner_link_routes
import referral.partner_routes
import referral.routes
import referral.sending
import reporting.exports.jobs
import reporting.exports.routes
import reporting.exports.warehouse
import reporting.facts.commands
import reporting.pages.api
import reporting.pages.routes
import reporting.publishing.open_data_routes
import reporting.publishing.routes
from access import policy
from accounts import identifying, single_sign_on
from casework.core import signals as casework_signals
from config import ROOT, Settings, from_environment
from encryption.keyring import Keyring
from models import scope
from models.base import db, prepare_sqlite
from notifications import jobs, queue, webhooks
from operations import keys
from web import errors, headers, openapi, sessions, template_filters
from web.guard import ROUTES, Route, refuse_unguarded

BLUEPRINTS = (
    accounts.routes.blueprint,
    accounts.security_routes.blueprint,
    accounts.people_routes.blueprint,
    casework.casefile.routes.blueprint,
    casework.casefile.section_routes.blueprint,
    casework.intake.routes.blueprint,
    casework.intake.import_routes.blueprint,
    casework.casefile.api.blueprint,
    notifications.routes.blueprint,
    referral.routes.blueprint,
    referral.partner_routes.blueprint,
    referral.incoming_routes.blueprint,
    referral.partner_link_routes.blueprint,
    referral.api.blueprint,
    funds.routes.blueprint,
    avrr.routes.blueprint,
    avrr.reintegration_routes.blueprint,
    avrr.movement_routes.blueprint,
    avrr.api.blueprint,
    reporting.publishing.routes.blueprint,
    reporting.exports.routes.blueprint,
    reporting.publishing.open_data_routes.blueprint,
    reporting.pages.routes.blueprint,
    reporting.pages.api.blueprint,
    reporting.exports.warehouse.blueprint,
    data_protection.trail_routes.blueprint,
    data_protection.routes.blueprint,
    files.routes.blueprint,
    casework.people.routes.blueprint,
    casework.casefile.record_routes.blueprint,
    casework.team.routes.blueprint,
    casework.team.work_routes.blueprint,
    casework.shelter.routes.blueprint,
    casework.people.family_routes.blueprint,
    casework.letters.routes.blueprint,
    casework.casefile.record_api.blueprint,
    openapi.blueprint,
)


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
    errors.register(app)
    headers.register(app, https=settings.production)
    template_filters.register(app)
    refuse_unguarded(app)
    for guarded in BLUEPRINTS:
        app.register_blueprint(guarded.blueprint)
        if guarded.api:
            app.extensions["csrf"].exempt(guarded.blueprint)
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
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True}
        if settings.database_url.startswith("postgresql")
        else {},
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
    app.session_interface = sessions.ServerSessions(
        secure=settings.production,
        idle_minutes=settings.idle_minutes,
        lock_minutes=settings.lock_minutes,
    )
    CSRFProtect(app)
    identifying.register(app)
    queue.register_hooks(app)
    scope.register()
    single_sign_on.register(app)


def open_keys(app: Flask, settings: Settings) -> None:
    """Put the keyring in place. Raises :class:`encryption.providers.KeyTrouble` with what to do."""
    source = keys.Source(
        settings.key_provider,
        settings.key_file,
        settings.master_key,
        settings.vault_address,
        settings.vault_token,
        settings.key_name,
        settings.kms_endpoint,
        settings.kms_region,
    )
    ring = Keyring(keys.provider(source))
    app.extensions["keyring"] = ring
    if migrated():
        keys.load_root()
        app.secret_key = ring.derive("web/csrf")


def alembic_config() -> AlembicConfig:
    """Alembic, told where our migrations are."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def migrated() -> bool:
    """Whether the database stands at the newest migration."""
    with db.engine.connect() as connection:
        stands = MigrationContext.configure(connection).get_current_revision()
    return stands == ScriptDirectory.from_config(alembic_config()).get_current_head()


def _register_jobs() -> None:
    queue.REGISTRY.update(
        deliver=jobs.deliver,
        deliver_some=jobs.deliver_some,
        hook=webhooks.deliver,
        sweep=_sweep,
        tidy=_tidy,
    )
    queue.REGISTRY["import"] = casework.intake.jobs.run_import
    queue.REGISTRY["remind"] = _remind
    queue.REGISTRY.update(
        count=reporting.exports.jobs.count,
        make_file=reporting.exports.jobs.make_file,
        make_release=reporting.exports.jobs.make_release,
    )
    queue.REGISTRY.update(
        watch=data_protection.jobs.watch,
        seal_trail=data_protection.jobs.seal_trail,
        propose_erasures=data_protection.jobs.propose_erasures,
        forget_file=files.jobs.forget_file,
        inspect_file=files.jobs.inspect_file,
    )


def _sweep(number: int) -> None:
    """Every minute: messages left lying, imports whose worker died, referrals past their time."""
    for import_id in casework.intake.jobs.stalled_imports():
        queue.enqueue_after_commit("import", import_id)
    referral.sending.expire_late()
    referral.sending.remind_late()
    referral.incoming.escalate_late()
    reporting.exports.jobs.sweep()
    webhooks.sweep()
    db.session.commit()
    jobs.sweep(number)


def _remind(number: int) -> None:
    """Every hour: tasks due today, follow-ups due and missed."""
    casework.intake.jobs.remind(number)
    avrr.jobs.remind(number)
    funds.administration.warn_of_ends()
    reporting.exports.jobs.remind()
    db.session.commit()


def _tidy(_number: int) -> None:
    """Every ten minutes: drafts past their days, files never started, sessions long left."""
    sessions.forget_old()
    queue.forget_done()
    operations.jobs.tidy()
    files.jobs.tidy()
    casework.intake.jobs.clean()


def _listen() -> None:
    casework_signals.consent_withdrawn.connect(referral.sending.consent_ended)


def _register_commands(app: Flask) -> None:
    for command in (
        casework.intake.commands.htcds,
        accounts.commands.token,
        accounts.commands.user,
        operations.commands.keys,
        data_protection.commands.audit,
        operations.commands.backup,
        data_protection.commands.permissions,
        notifications.commands.worker,
        notifications.commands.schedule,
        notifications.commands.queue,
        reporting.facts.commands.statistics,
        demo.commands.demo,
        accounts.commands.organisations,
    ):
        app.cli.add_command(command)


def _health(app: Flask) -> None:
    # Two addresses for machines, open to all and without content; they stand outside the rooms.
    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> Any:
        checks = {
            "database": _database_answers(),
            "queue": _queue_answers(app),
            "key": bool(app.secret_key),
            "migrations": False,
        }
        checks["migrations"] = checks["database"] and migrated()
        ready = all(checks.values())
        return jsonify(
            status="ready" if ready else "not ready", checks=checks
        ), 200 if ready else 503

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
