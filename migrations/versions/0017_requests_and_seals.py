"""a register of what persons ask about their data; who read very many cases,
and why; MACs on rows of who may act and of what decides

On PostgreSQL with its rule of row-level security, as models/walls.py has it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
ME = "(SELECT nullif(current_setting('sc.user', true), '')::int)"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"

# A copy of models/walls.py as it was: who may read and write a row.
WALLS: dict[str, tuple[str, ...]] = {
    "person_requests": ("{WHOLE} OR 'oversight' = ANY ({OPEN}) OR person_requests.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = person_requests.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "marks": ("{WHOLE} OR true", "{WHOLE} OR false",),
    "readings_on": ("{WHOLE} OR 'oversight' = ANY ({OPEN}) OR user_id = {ME} OR office_id = ANY ({OFFICES})", "{WHOLE} OR user_id = {ME} OR office_id = ANY ({OFFICES})",),
}
COVERED = ("api_tokens", "blocks", "case_releases", "cases", "consents", "emergencies", "external_identities", "grants", "invitations", "organisations", "passkeys", "recovery_codes", "users")
SETTINGS = {"OFFICES": OFFICES, "CASES": CASES, "OPEN": OPEN, "ME": ME, "WHOLE": WHOLE}


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
    op.create_table(
        "readings_on",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_readings_on_user_id_users")),
        sa.ForeignKeyConstraint(["office_id"], ["organisations.id"], name=op.f("fk_readings_on_office_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings_on")),
    )
    op.create_index("ix_readings_on_user", "readings_on", ["user_id", "at"])
    op.create_index("ix_readings_on_office", "readings_on", ["office_id", "id"])
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    for table in COVERED:
        op.add_column(table, sa.Column("seal", sa.LargeBinary(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for table, rules in WALLS.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            _put_up(table, *(rule.format_map(SETTINGS) for rule in rules))


def _put_up(table: str, read: str, write: str = "") -> None:
    on, to = f"ON {table} FOR", "TO safeconduct_app"
    if not write:
        op.execute(f"CREATE POLICY safeconduct {on} ALL {to} USING ({read}) WITH CHECK ({read})")
        return
    op.execute(f"CREATE POLICY safeconduct_select {on} SELECT {to} USING ({read})")
    op.execute(f"CREATE POLICY safeconduct_insert {on} INSERT {to} WITH CHECK ({write})")
    op.execute(f"CREATE POLICY safeconduct_update {on} UPDATE {to} USING ({write}) WITH CHECK ({write})")
    op.execute(f"CREATE POLICY safeconduct_delete {on} DELETE {to} USING ({write})")


def downgrade() -> None:
    """Back. The register goes with its table."""
    for table in COVERED:
        op.drop_column(table, "seal")
    op.drop_table("marks")
    op.drop_index("ix_readings_on_office", "readings_on")
    op.drop_index("ix_readings_on_user", "readings_on")
    op.drop_table("readings_on")
    op.drop_index("ix_person_requests_due", "person_requests")
    op.drop_index(op.f("ix_person_requests_case_id"), "person_requests")
    op.drop_table("person_requests")
