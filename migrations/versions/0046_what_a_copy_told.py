"""days that told who is a child, in court or at home are sealed, and beside them stands their month

On SQLite columns stay declared as they were; on PostgreSQL they become text. What stands in them is
sealed afterwards by the start (operations/upgrading.py), which has the keys. The way back opens it
again and needs the keys too.
"""

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0046"
down_revision = "0045"

# Table → column → what it was on PostgreSQL.
COLUMNS: dict[str, dict[str, str]] = {
    "api_tokens": {"label": "VARCHAR(80)", "used_from": "VARCHAR(45)"},
    "approvals": {"what": "VARCHAR(12)", "record_key": "VARCHAR(40)", "state": "VARCHAR(10)"},
    "attachments": {"shows_person": "VARCHAR(4)", "size": "BIGINT", "received": "BIGINT"},
    "blocks": {"user_id": "INTEGER"},
    "case_releases": {"longest_until": "DATE", "until": "DATE"},
    "cases": {"next_due_on": "DATE", "retain_until": "DATE"},
    "crisis_operations": {"country": "VARCHAR(2)"},
    "external_identities": {"subject": "VARCHAR(200)"},
    "follow_ups": {"due_on": "DATE", "done_on": "DATE", "not_needed_on": "DATE"},
    "movements": {"travel_on": "DATE"},
    "operation_persons": {"sector": "VARCHAR(4)", "helped_on": "DATE"},
    "passkeys": {"label": "VARCHAR(80)"},
    "placements": {"presence": "VARCHAR(10)"},
    "records": {"state": "VARCHAR(10)"},
    "surveys": {"on": "DATE"},
    "tasks": {
        "record_key": "VARCHAR(24)",
        "due_on": "DATE",
        "done_at": "TIMESTAMP WITH TIME ZONE",
    },
    "visit_attempts": {"on": "DATE", "next_on": "DATE", "step_told_on": "DATE"},
}
# Table → day → its month.
MONTHS = {
    "cases": ("retain_until", "retain_month"),
    "follow_ups": ("due_on", "due_month"),
    "movements": ("travel_on", "travel_month"),
    "tasks": ("due_on", "due_month"),
    "visit_attempts": ("next_on", "next_month"),
}
# Index → table → columns before and now.
INDEXES = {
    "ix_case_releases_until": ("case_releases", ["state", "until"], ["state"]),
    "ix_tasks_owner": ("tasks", ["owner_id", "done_at", "due_on"], ["owner_id", "due_month"]),
    "ix_follow_ups_due": ("follow_ups", ["done_on", "due_on"], ["due_month"]),
    "ix_visit_attempts_next": (
        "visit_attempts",
        ["next_done_at", "next_on"],
        ["next_done_at", "next_month"],
    ),
}


def upgrade() -> None:
    """Forward."""
    for name, (table, _before, _now) in INDEXES.items():
        op.drop_index(name, table)
    for table, (day, month) in MONTHS.items():
        op.add_column(table, sa.Column(month, sa.Date(), nullable=True))
        first = f"strftime('%Y-%m-01', {day})"
        if _on_postgresql():
            first = f"date_trunc('month', {day})::date"
        op.execute(f"UPDATE {table} SET {month} = {first} WHERE {day} IS NOT NULL")
    _questions()
    with op.batch_alter_table("blocks") as batch:  # a keyed number points at no row
        batch.drop_constraint("fk_blocks_user_id_users", type_="foreignkey")
    op.execute("INSERT INTO fact_changes (case_id) SELECT id FROM cases")  # of one length from now
    removed = sa.Column("removed", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("records", removed)
    op.execute("UPDATE records SET removed = true WHERE state = 'removed'")
    if _on_postgresql():
        for table, columns in COLUMNS.items():
            _change(table, {name: "text" for name in columns})
    for name, (table, _before, now) in INDEXES.items():
        op.create_index(name, table, now)


def _questions() -> None:
    """What waits for an answer is told apart by a keyed text; which question it is, is sealed."""
    op.drop_index("ux_approvals_pending", "approvals")
    op.drop_index("ix_approvals_office", "approvals")
    pending = sa.Text().with_variant(sa.String(32), "sqlite")
    op.add_column("approvals", sa.Column("pending", pending, nullable=True))
    op.execute("UPDATE approvals SET pending = case_id || '/' || what WHERE state = 'asked'")
    op.create_index("ux_approvals_pending", "approvals", ["pending"], unique=True)
    op.create_index("ix_approvals_office", "approvals", ["office_id", "pending"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ux_approvals_pending", "approvals")
    op.drop_index("ix_approvals_office", "approvals")
    for name, (table, _before, _now) in INDEXES.items():
        op.drop_index(name, table)
    _open_again()
    if _on_postgresql():
        for table, columns in COLUMNS.items():
            _change(table, columns)
    with op.batch_alter_table("blocks") as batch:
        batch.create_foreign_key("fk_blocks_user_id_users", "users", ["user_id"], ["id"])
    op.drop_column("records", "removed")
    op.drop_column("approvals", "pending")
    asked = sa.text("state = 'asked'")
    pending = {"sqlite_where": asked, "postgresql_where": asked}
    op.create_index("ux_approvals_pending", "approvals", ["case_id", "what"], unique=True, **pending)
    op.create_index("ix_approvals_office", "approvals", ["office_id", "state"])
    for table, (_day, month) in MONTHS.items():
        op.drop_column(table, month)
    for name, (table, before, _now) in INDEXES.items():
        op.create_index(name, table, before)


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _change(table: str, columns: dict[str, str]) -> None:
    changes = [
        f'ALTER COLUMN "{name}" DROP DEFAULT, ALTER COLUMN "{name}" TYPE {kind}'
        f' USING "{name}"::{kind}'
        for name, kind in columns.items()
    ]
    op.execute(f"ALTER TABLE {table} {', '.join(changes)}")


def _open_again() -> None:
    """What was sealed is opened where it stands; without keys there is no way back."""
    if "keyring" not in current_app.extensions:
        raise RuntimeError("The way back needs the keys of this installation.")
    from models import coded  # noqa: PLC0415 -- on the way back alone
    from models.cases import Task  # noqa: PLC0415

    table, connection = Task.__table__, op.get_bind()
    rows = connection.execute(sa.select(table.c.id, table.c.kind)).all()
    spare = [{"row": number} for number, kind in rows if not kind]
    if spare:  # rows that wait to become a task
        connection.execute(sa.delete(table).where(table.c.id == sa.bindparam("row")), spare)
    coded.open_all(op.get_bind(), COLUMNS)
