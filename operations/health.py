"""Two addresses for machines, open to all and without content, outside the blueprints."""

from typing import Any

from flask import Flask, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models.base import db
from models.migrating import migrated
from notifications import queue
from web.guard import ROUTES, Route


def register(app: Flask) -> None:
    """Answer ``/healthz`` (the process lives) and ``/readyz`` (it can serve: database, queue, key,
    migrations).
    """

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> Any:
        checks = _checks(app)
        # Without the queue pages go on, and notices wait: no reason to take a node out.
        ready = all(fine for name, fine in checks.items() if name != "queue")
        state = "ready" if checks["queue"] else "degraded"
        answer = jsonify(status=state if ready else "not ready", checks=checks)
        return answer, 200 if ready else 503

    for name in ("healthz", "readyz"):
        ROUTES[name] = Route(name, f"/{name}", "GET", None, "", api=False)


def _checks(app: Flask) -> dict[str, bool]:
    database = _database_answers()
    return {
        "database": database,
        "queue": queue.answers(app),
        "key": bool(app.secret_key),
        "migrations": database and migrated(),
    }


def _database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
        db.session.rollback()
    except SQLAlchemyError:
        return False
    return True
