"""a register of what persons ask about their data

On PostgreSQL with its rule of row-level security, as models/walls.py has it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"

# A copy of models/walls.py as it was: who may read and write a row.
WALLS: dict[str, tuple[str, ...]] = {
    "person_requests": ("{WHOLE} OR 'oversight' = ANY ({OPEN}) OR person_requests.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = person_requests.case_id AND cases.office_id = ANY ({OFFICES}))",),
}
SETTINGS = {"OFFICES": OFFICES, "CASES": CASES, "OPEN": OPEN, "WHOLE": WHOLE}


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "person_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("identified", sa.String(length=20), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("letter", sa.String(length=20), nullable=False),
        sa.Column("asked_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("longer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("received_by_id", sa.Integer(), nullable=True),
        sa.Column("extended_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_person_requests_case_id_cases")),
        sa.ForeignKeyConstraint(["received_by_id"], ["users.id"], name=op.f("fk_person_requests_received_by_id_users")),
        sa.ForeignKeyConstraint(["extended_by_id"], ["users.id"], name=op.f("fk_person_requests_extended_by_id_users")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_person_requests_answered_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_requests")),
        sa.UniqueConstraint("reference", name=op.f("uq_person_requests_reference")),
    )
    op.create_index(op.f("ix_person_requests_case_id"), "person_requests", ["case_id"])
    op.create_index("ix_person_requests_due", "person_requests", ["state", "due_on"])
    if op.get_bind().dialect.name == "postgresql":
        for table, rules in WALLS.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            rule = rules[0].format_map(SETTINGS)
            op.execute(f"CREATE POLICY safeconduct ON {table} FOR ALL TO safeconduct_app USING ({rule}) WITH CHECK ({rule})")


def downgrade() -> None:
    """Back. The register goes with its table."""
    op.drop_index("ix_person_requests_due", "person_requests")
    op.drop_index(op.f("ix_person_requests_case_id"), "person_requests")
    op.drop_table("person_requests")
