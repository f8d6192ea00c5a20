"""What the login that migrates must be allowed on PostgreSQL, asked before anything is changed."""

from sqlalchemy import Engine, text

from models.scope import ROLE

_LOOK = text(
    """
    SELECT current_user AS login, current_database() AS base,
           (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS makes,
           EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role) AS there,
           has_schema_privilege(current_user, 'public', 'CREATE, USAGE') AS builds
    """
)
# From 16 on a member may be one who cannot take the role on.
_TAKES_IT_ON = text(
    """
    SELECT pg_has_role(current_user, :role, CASE
        WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
    """
)


class NeedsRights(Exception):
    """The login may not do what a migration does; says what an administrator of the database runs
    first.
    """

    def __init__(self, base: str, statements: list[str]) -> None:
        self.statements = statements
        lines = "\n".join(f"    {statement}" for statement in statements)
        super().__init__(
            f"The login of DATABASE_URL may not set up {base}. Let the administrator of the "
            f"database run this in it, once, and start again:\n{lines}"
        )


def ask(engine: Engine) -> None:
    """Raise :class:`NeedsRights` where something is missing; on SQLite nothing is asked."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        found = connection.execute(_LOOK, {"role": ROLE}).one()
        is_member = found.there and connection.execute(_TAKES_IT_ON, {"role": ROLE}).scalar_one()
    login = '"' + found.login.replace('"', '""') + '"'
    missing = []
    if not found.there and not found.makes:
        missing.append(f"CREATE ROLE {ROLE} NOLOGIN;")
    if not is_member and (found.there or not found.makes):
        missing.append(f"GRANT {ROLE} TO {login};")
    if not found.builds:
        missing.append(f"GRANT CREATE, USAGE ON SCHEMA public TO {login};")
    if missing:
        raise NeedsRights(found.base, missing)
