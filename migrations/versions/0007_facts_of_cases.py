"""facts of cases that the database itself marks as changed; tables as published, saved reports, files on their way, open data and its budget

The running counts of people end: what they held is made anew from the cases. A later migration that rebuilds one of the watched tables on SQLite
loses its triggers and must call :func:`watch` again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# Table → which cases a row is about, with {row} for the new or the old row.
WATCHED = {
    "cases": "SELECT {row}.id",
    "returns": "SELECT {row}.case_id",
    "follow_ups": "SELECT case_id FROM returns WHERE id = {row}.return_id",
    "surveys": "SELECT case_id FROM returns WHERE id = {row}.return_id",
    "assistance": "SELECT case_id FROM returns WHERE id = {row}.return_id",
    "fund_requests": "SELECT {row}.case_id UNION SELECT case_id FROM fund_request_persons WHERE request_id = {row}.id",
    "fund_request_persons": "SELECT {row}.case_id",
    "ledger": "SELECT case_id FROM fund_requests WHERE id = {row}.request_id",
    "referrals": "SELECT {row}.case_id",
    "services": "SELECT case_id FROM referrals WHERE id = {row}.referral_id",
    "placements": "SELECT {row}.case_id",
    "tasks": "SELECT {row}.case_id",
}


def watch() -> None:
    """Put the triggers on."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, query in WATCHED.items():
        new, old = (f"INSERT INTO fact_changes (case_id) {query.format(row=row)};" for row in ("NEW", "OLD"))
        if sqlite:
            for verb, insert in (("insert", new), ("update", new), ("delete", old)):
                op.execute(f"CREATE TRIGGER facts_{table}_{verb} AFTER {verb.upper()} ON {table} BEGIN {insert} END")
            continue
        body = f"BEGIN IF TG_OP = 'DELETE' THEN {old} ELSE {new} END IF; RETURN NULL; END"
        op.execute(f"CREATE FUNCTION facts_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        op.execute(f"CREATE TRIGGER facts_{table} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION facts_{table}()")


def unwatch() -> None:
    """Take them off."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in WATCHED:
        if sqlite:
            for verb in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER IF EXISTS facts_{table}_{verb}")
            continue
        op.execute(f"DROP TRIGGER facts_{table} ON {table}")
        op.execute(f"DROP FUNCTION facts_{table}()")


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.drop_index("ix_facts_person_id")
        batch_op.drop_index("ix_facts_case_id")
    op.drop_table("facts")
    op.drop_table("counts")
    op.add_column("cases", sa.Column("profile_sealed", sa.LargeBinary(), nullable=True))
    _facts()
    _reports()
    _releases()
    watch()
    op.execute("INSERT INTO fact_state (id, batch, counted_at) VALUES (1, 0, NULL)")
    op.execute("INSERT INTO fact_changes (case_id) SELECT id FROM cases")


def _facts() -> None:
    op.create_table(
        "fact_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_fact_changes_case_id"), "fact_changes", ["case_id"])
    op.create_table(
        "case_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_facts")),
        sa.UniqueConstraint("case_id", name=op.f("uq_case_facts_case_id")),
    )
    op.create_index("ix_case_facts_batch", "case_facts", ["batch", "id"])
    op.create_table(
        "fact_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_state")),
    )


def _reports() -> None:
    op.create_table(
        "published_tables",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("figure", sa.String(length=40), nullable=False),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_why", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["published_by_id"], ["users.id"], name=op.f("fk_published_tables_published_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_tables")),
        sa.UniqueConstraint("key", name=op.f("uq_published_tables_key")),
    )
    op.create_index(op.f("ix_published_tables_period"), "published_tables", ["period"])
    op.create_table(
        "saved_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("every", sa.String(length=8), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("password_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_reports_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reports")),
        sa.UniqueConstraint("key", name=op.f("uq_saved_reports_key")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_reports_user_id_name")),
    )
    op.create_index(op.f("ix_saved_reports_next_on"), "saved_reports", ["next_on"])
    op.create_index(op.f("ix_saved_reports_user_id"), "saved_reports", ["user_id"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("password_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_deliveries_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_deliveries_key")),
    )
    op.create_index(op.f("ix_deliveries_user_id"), "deliveries", ["user_id"])
    op.create_index(op.f("ix_deliveries_expires_at"), "deliveries", ["expires_at"])


def _releases() -> None:
    people = ("asked_by_id", "first_by_id", "second_by_id", "refused_by_id")
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("from_year", sa.Integer(), nullable=False),
        sa.Column("to_year", sa.Integer(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("epsilon_milli", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_by_id", sa.Integer(), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_by_id", sa.Integer(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_by_id", sa.Integer(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("first_by_id IS NULL OR first_by_id <> asked_by_id", name=op.f("ck_releases_two_people")),
        sa.CheckConstraint("second_by_id IS NULL OR (second_by_id <> asked_by_id AND second_by_id <> first_by_id)", name=op.f("ck_releases_three_people")),
        *[sa.ForeignKeyConstraint([name], ["users.id"], name=op.f(f"fk_releases_{name}_users")) for name in people],
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("key", name=op.f("uq_releases_key")),
    )
    op.create_table(
        "privacy_spending",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("spent_milli", sa.Integer(), nullable=False),
        sa.Column("budget_milli", sa.Integer(), nullable=False),
        sa.CheckConstraint("spent_milli >= 0 AND spent_milli <= budget_milli", name=op.f("ck_privacy_spending_within_the_budget")),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_privacy_spending")),
    )


def downgrade() -> None:
    """Back. Published tables, reports and releases are lost; the counts of people are not filled: ``statistics rebuild`` of that version does it."""
    unwatch()
    for table in ("privacy_spending", "releases", "deliveries", "saved_reports", "published_tables", "fact_state", "case_facts", "fact_changes"):
        op.drop_table(table)
    op.drop_column("cases", "profile_sealed")
    codes = [
        sa.Column("programme", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=2), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("sex", sa.String(length=24), nullable=False),
        sa.Column("age_band", sa.String(length=8), nullable=False),
        sa.Column("transit", sa.Boolean(), nullable=False),
    ]
    op.create_table(
        "counts",
        *[sa.Column(column.name, column.type, nullable=False) for column in codes],
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("programme", "year", "host", "country", "sex", "age_band", "transit", name=op.f("pk_counts")),
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        *[sa.Column(column.name, column.type, nullable=False) for column in codes],
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_facts_case_id_cases")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_facts_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
        sa.UniqueConstraint("programme", "year", "person_id", name=op.f("uq_facts_programme_year_person_id")),
    )
    op.create_index(op.f("ix_facts_case_id"), "facts", ["case_id"])
    op.create_index("ix_facts_person_id", "facts", ["person_id"])
