"""callers before consent; what a case was before it was closed; which list a case came from and who gets its cases
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
ME = "(SELECT nullif(current_setting('sc.user', true), '')::int)"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OFFICES": OFFICES, "ME": ME, "WHOLE": WHOLE}

# A copy of models/walls.py as it was: who may read a row, who may write it where that is another rule.
WALLS: dict[str, tuple[str, ...]] = {
    "callers": ("{WHOLE} OR office_id = ANY ({OFFICES})",),
    "imports": ("{WHOLE} OR office_id = ANY ({OFFICES}) OR by_id = {ME}", "{WHOLE} OR by_id = {ME}"),
}
BEFORE = "{WHOLE} OR by_id = {ME}"
PARTS = ("", "_select", "_insert", "_update", "_delete")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "callers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["organisations.id"], name=op.f("fk_callers_office_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callers")),
        sa.UniqueConstraint("key", name=op.f("uq_callers_key")),
    )
    op.create_index("ix_callers_office", "callers", ["office_id", "changed_at"])
    op.create_index(op.f("ix_callers_expires_at"), "callers", ["expires_at"])
    text = sa.Text() if _on_postgresql() else sa.String(length=20)
    op.add_column("cases", sa.Column("status_before", text, nullable=False, server_default=""))
    op.add_column("imports", sa.Column("owner_ids", sa.JSON(), nullable=True))
    with op.batch_alter_table("imported_rows", schema=None) as batch_op:
        batch_op.add_column(sa.Column("import_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_imported_rows_import_id_imports"), "imports", ["import_id"], ["id"])
        batch_op.create_index(op.f("ix_imported_rows_import_id"), ["import_id"])
        batch_op.create_index(op.f("ix_imported_rows_case_id"), ["case_id"])
    if _on_postgresql():
        op.execute("ALTER TABLE callers ENABLE ROW LEVEL SECURITY")
        for table, rules in WALLS.items():
            _put_up(table, *(rule.format_map(SETTINGS) for rule in rules))


def downgrade() -> None:
    """Back: callers are lost, as they had no place before."""
    with op.batch_alter_table("imported_rows", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_imported_rows_case_id"))
        batch_op.drop_index(op.f("ix_imported_rows_import_id"))
        batch_op.drop_constraint(op.f("fk_imported_rows_import_id_imports"), type_="foreignkey")
        batch_op.drop_column("import_id")
    op.drop_column("imports", "owner_ids")
    op.drop_column("cases", "status_before")
    op.drop_table("callers")
    if _on_postgresql():
        _put_up("imports", BEFORE.format_map(SETTINGS))


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _put_up(table: str, read: str, write: str = "") -> None:
    for part in PARTS:
        op.execute(f"DROP POLICY IF EXISTS safeconduct{part} ON {table}")
    on, to = f"ON {table} FOR", "TO safeconduct_app"
    if not write:
        op.execute(f"CREATE POLICY safeconduct {on} ALL {to} USING ({read}) WITH CHECK ({read})")
        return
    op.execute(f"CREATE POLICY safeconduct_select {on} SELECT {to} USING ({read})")
    op.execute(f"CREATE POLICY safeconduct_insert {on} INSERT {to} WITH CHECK ({write})")
    op.execute(f"CREATE POLICY safeconduct_update {on} UPDATE {to} USING ({write}) WITH CHECK ({write})")
    op.execute(f"CREATE POLICY safeconduct_delete {on} DELETE {to} USING ({write})")
