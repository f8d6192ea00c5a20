"""row-level security on PostgreSQL: keys, contents and files of a case for its own mission alone

On SQLite there is nothing to do. The role has no login; the application takes it on at each transaction.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

ROLE = "safeconduct_app"
# From 16 on a member may be one who cannot take the role on.
TAKES_IT_ON = f"pg_has_role(current_user, '{ROLE}', CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)"
OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"


def _mine(table: str, also: str = "") -> str:
    own = f"EXISTS (SELECT 1 FROM cases WHERE cases.id = {table}.case_id AND cases.office_id = ANY ({OFFICES}))"
    return f"{WHO} AND ({WHOLE} OR {table}.case_id = ANY ({CASES}) OR {own}{also})"


TABLES = {
    "cases": WHO,
    "case_keys": _mine("case_keys", " OR case_keys.compartment = 'index'"),
    "case_documents": _mine("case_documents"),
    "attachments": _mine("attachments"),
}


def upgrade() -> None:
    """Forward."""
    if op.get_bind().dialect.name != "postgresql":
        return
    # Looked for first: who may not make roles may have been given this one.
    op.execute(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN CREATE ROLE {ROLE} NOLOGIN; END IF; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    op.execute(f"DO $$ BEGIN IF NOT {TAKES_IT_ON} THEN GRANT {ROLE} TO CURRENT_USER; END IF; END $$")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}")
    op.execute(f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {ROLE}")
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {ROLE}")
    for table, rule in TABLES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY safeconduct ON {table} FOR ALL TO {ROLE} USING ({rule}) WITH CHECK ({WHO})")


def downgrade() -> None:
    """Back. The role belongs to the whole server and stays."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"DROP POLICY safeconduct ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
