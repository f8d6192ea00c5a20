"""Whether the database stands at the newest migration, without Alembic: every process asks at its
start, and ``/readyz`` each time.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from loading import later
from models.base import db

if TYPE_CHECKING:
    from alembic import config as alembic_config
else:
    alembic_config = later("alembic.config")

MIGRATIONS = Path(__file__).parent.parent / "migrations"
_REVISION = re.compile(r"""^(down_)?revision\b[^=\n]*=\s*["']([^"']+)["']""", re.MULTILINE)


def config() -> "alembic_config.Config":
    """Alembic, told where our migrations are."""
    made = alembic_config.Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    return made


def migrated() -> bool:
    """Whether the database stands at the newest migration."""
    return stands_at() == newest()


def stands_at() -> str | None:
    """The migration at which the database stands; none where it is empty."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def has_column(table: str, column: str) -> bool:
    """Whether the database has a column: what an upgrade must do once is asked before it."""
    seen = inspect(db.engine)
    return seen.has_table(table) and column in {found["name"] for found in seen.get_columns(table)}


@lru_cache
def newest() -> str:
    """The revision that no other one builds upon."""
    revisions: set[str] = set()
    built_upon: set[str] = set()
    for path in (MIGRATIONS / "versions").glob("*.py"):
        for down, revision in _REVISION.findall(path.read_text("utf-8")):
            (built_upon if down else revisions).add(revision)
    (found,) = revisions - built_upon
    return found
