"""what a partner tells the office of a referral by another way; seats of those who did not come, and
their share of the money; files of a return
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OFFICES": OFFICES, "CASES": CASES, "WHOLE": WHOLE}
_OF_CASE = (
    "attachments.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases"
    " WHERE cases.id = attachments.case_id AND cases.office_id = ANY ({OFFICES}))"
)
_BEFORE = "{WHOLE} OR " + _OF_CASE
# A copy of models/walls.py as it was: who may read and write a row.
WALLS: dict[str, tuple[str, ...]] = {
    "missed_seats": (
        "{WHOLE} OR EXISTS (SELECT 1 FROM movements WHERE movements.id = missed_seats.movement_id)"
        " OR EXISTS (SELECT 1 FROM returns WHERE returns.id = missed_seats.return_id)",
    ),
    "attachments": (
        "{WHOLE} OR (attachments.return_id IS NOT NULL AND EXISTS"
        " (SELECT 1 FROM returns WHERE returns.id = attachments.return_id)) OR " + _OF_CASE,
    ),
}
_ROWS = ("NEW", "OLD")
_MOMENT = sa.DateTime(timezone=True)
_REPORTED = (("reported_on", 10), ("reporter", 120))
# Who did not come kept the seat until now: it was empty, and they had no other.
_MISSED = """
INSERT INTO missed_seats (movement_id, return_id, seat, at)
SELECT manifest.movement_id, manifest.return_id, manifest.seat, CURRENT_TIMESTAMP
FROM manifest WHERE manifest.state = 'no_show'
"""
_SEATED = """
INSERT INTO manifest (movement_id, seat, of_seats, return_id, state)
SELECT missed_seats.movement_id, missed_seats.seat, movements.seats, missed_seats.return_id,
    'no_show'
FROM missed_seats JOIN movements ON movements.id = missed_seats.movement_id
WHERE missed_seats.seat <= movements.seats
  AND NOT EXISTS (SELECT 1 FROM manifest WHERE manifest.return_id = missed_seats.return_id)
  AND NOT EXISTS (SELECT 1 FROM manifest WHERE manifest.movement_id = missed_seats.movement_id
                  AND manifest.seat = missed_seats.seat)
  AND NOT EXISTS (SELECT 1 FROM missed_seats later WHERE later.id > missed_seats.id
                  AND (later.return_id = missed_seats.return_id
                       OR (later.movement_id = missed_seats.movement_id
                           AND later.seat = missed_seats.seat)))
"""


def upgrade() -> None:
    """Forward: of what was logged before, the partner logged all itself."""
    for table in ("referrals", "services"):
        op.add_column(table, sa.Column("reported_how", sa.String(12), nullable=True))
        for name, length in _REPORTED:
            plain = sa.Date() if name == "reported_on" else sa.String(length)
            coded = sa.Text().with_variant(plain, "sqlite")
            op.add_column(table, sa.Column(name, coded, nullable=True))
    op.add_column("referrals", sa.Column("written_by_id", sa.Integer(), nullable=True))
    op.add_column("fund_request_persons", sa.Column("let_go_at", _MOMENT, nullable=True))
    op.add_column("attachments", sa.Column("return_id", sa.Integer(), nullable=True))
    paper = sa.Text().with_variant(sa.String(12), "sqlite")
    op.add_column("attachments", sa.Column("paper", paper, nullable=True))
    op.create_index(op.f("ix_attachments_return_id"), "attachments", ["return_id"])
    _missed_seats()
    op.execute(_MISSED)
    op.execute("DELETE FROM manifest WHERE state = 'no_show'")
    _watch()
    op.execute("INSERT INTO fact_changes (case_id) SELECT DISTINCT case_id FROM operation_persons")
    if op.get_bind().dialect.name == "postgresql":
        for table, rules in WALLS.items():
            _put_up(table, *(rule.format_map(SETTINGS) for rule in rules))


def _watch() -> None:
    """Who is counted for an operation is counted in the figures at once (as in 0007)."""
    new, old = (f"INSERT INTO fact_changes (case_id) SELECT {row}.case_id;" for row in _ROWS)
    table = "operation_persons"
    if op.get_bind().dialect.name == "sqlite":
        for verb, insert in (("insert", new), ("update", new), ("delete", old)):
            op.execute(
                f"CREATE TRIGGER facts_{table}_{verb} AFTER {verb.upper()} ON {table}"
                f" BEGIN {insert} END"
            )
        return
    body = f"BEGIN IF TG_OP = 'DELETE' THEN {old} ELSE {new} END IF; RETURN NULL; END"
    op.execute(
        f"CREATE FUNCTION facts_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    )
    op.execute(
        f"CREATE TRIGGER facts_{table} AFTER INSERT OR UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION facts_{table}()"
    )


def _unwatch() -> None:
    table = "operation_persons"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS facts_{table}_{verb}")
        return
    op.execute(f"DROP TRIGGER facts_{table} ON {table}")
    op.execute(f"DROP FUNCTION facts_{table}()")


def _missed_seats() -> None:
    linked = {"movement_id": "movements", "return_id": "returns", "by_id": "users"}
    op.create_table(
        "missed_seats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("movement_id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{to}.id"], name=op.f(f"fk_missed_seats_{column}_{to}")
            )
            for column, to in linked.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_seats")),
        sa.UniqueConstraint(
            "movement_id", "return_id", name=op.f("uq_missed_seats_movement_id_return_id")
        ),
    )
    for column in ("movement_id", "return_id"):
        op.create_index(op.f(f"ix_missed_seats_{column}"), "missed_seats", [column])


def _put_up(table: str, rule: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"DROP POLICY IF EXISTS safeconduct ON {table}")
    rules = f"USING ({rule}) WITH CHECK ({rule})"
    op.execute(f"CREATE POLICY safeconduct ON {table} FOR ALL TO safeconduct_app {rules}")


def downgrade() -> None:
    """Back: it looks as if the partner had logged it itself; who did not come has the seat again,
    where nobody else has.
    """
    _unwatch()
    op.execute(_SEATED)
    op.drop_table("missed_seats")
    if op.get_bind().dialect.name == "postgresql":
        _put_up("attachments", _BEFORE.format_map(SETTINGS))
    # Files of returns lie under keys that a version before does not ask for.
    op.execute("DELETE FROM attachments WHERE return_id IS NOT NULL")
    op.drop_index(op.f("ix_attachments_return_id"), "attachments")
    op.drop_column("attachments", "paper")
    op.drop_column("attachments", "return_id")
    op.drop_column("fund_request_persons", "let_go_at")
    op.drop_column("referrals", "written_by_id")
    for table in ("referrals", "services"):
        for name in ("reported_how", *(name for name, _length in _REPORTED)):
            op.drop_column(table, name)
