"""nothing is replaced, destroyed, or told to nobody

Who was told that a task is due; what referrals and returns leave behind when they end; what stood
in a return, and in what an office says of itself, before each change.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

ME = "(SELECT nullif(current_setting('sc.user', true), '')::int)"
OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"ME": ME, "OFFICES": OFFICES, "WHOLE": WHOLE}

# A copy of models/walls.py as it was.
WALLS: dict[str, tuple[str, ...]] = {
    "return_versions": (
        "{WHOLE} OR EXISTS (SELECT 1 FROM returns WHERE returns.id = return_versions.return_id)",
    ),
    "office_versions": ("{WHOLE} OR organisation_id = ANY ({OFFICES})",),
}
LEFT = (("referrals", "left_sealed"), ("returns", "left_sealed"), ("returns", "reports_sealed"))


def upgrade() -> None:
    """Forward: what is overdue now is told once more."""
    op.add_column("tasks", sa.Column("told_id", sa.Integer(), nullable=True))
    for table, column in LEFT:
        op.add_column(table, sa.Column(column, sa.LargeBinary(), nullable=True))
    _make("return_versions", "return_id", "returns", sa.Column("part", sa.String(16), nullable=False))
    _make(
        "office_versions",
        "organisation_id",
        "organisations",
        sa.Column("about", sa.String(24), nullable=False),
    )
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, (rule,) in WALLS.items():
        can = rule.format_map(SETTINGS)
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY safeconduct ON {table} FOR ALL TO safeconduct_app "
            f"USING ({can}) WITH CHECK ({can})"
        )


def _make(table: str, above: str, parent: str, *names: sa.Column[str]) -> None:
    """A table of versions; ``above`` leads to what it is about."""
    unique = [above, names[0].name] if table == "return_versions" else [names[0].name]
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(24), nullable=False),
        sa.Column(above, sa.Integer(), nullable=False),
        *names,
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("before_sealed", sa.LargeBinary(), nullable=table == "office_versions"),
        sa.ForeignKeyConstraint([above], [f"{parent}.id"], name=op.f(f"fk_{table}_{above}_{parent}")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f(f"fk_{table}_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(*unique, "revision", name=op.f(f"uq_{table}_{'_'.join(unique)}_revision")),
    )
    if table == "office_versions":
        op.create_index(op.f(f"ix_{table}_{above}"), table, [above])


def downgrade() -> None:
    """Back: what was left behind is lost, as it was before."""
    op.drop_table("office_versions")
    op.drop_table("return_versions")
    for table, column in reversed(LEFT):
        op.drop_column(table, column)
    op.drop_column("tasks", "told_id")
