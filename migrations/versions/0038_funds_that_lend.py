"""funds that lend to operations in a crisis, their advances and repayments; evidence of last resort"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OFFICES": OFFICES, "CASES": CASES, "OPEN": OPEN, "WHO": WHO, "WHOLE": WHOLE}
_OWN = "{WHOLE} OR office_id = ANY ({OFFICES}) OR 'books' = ANY ({OPEN})"
# A copy of models/walls.py as it was: who may read and write a row.
WALLS: dict[str, tuple[str, ...]] = {
    "crisis_operations": (_OWN,),
    "advances": (_OWN,),
    "operation_persons": (
        "{WHOLE} OR EXISTS (SELECT 1 FROM crisis_operations"
        " WHERE crisis_operations.id = operation_persons.operation_id)",
    ),
}
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward: a fund there is lends to nobody."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    _operations()
    _advances()
    _persons(postgresql)
    lends = sa.Column("lends", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("funds", lends)
    lent = sa.Column("lent_minor", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("funds", lent)
    op.add_column("ledger", sa.Column("advance_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_ledger_advance_id"), "ledger", ["advance_id"])
    coded = sa.Text() if postgresql else None
    tried = sa.Column("tried", coded or sa.JSON(), nullable=False, server_default="[]")
    op.add_column("fund_requests", tried)
    op.add_column("fund_requests", sa.Column("assessed_on", coded or sa.Date(), nullable=True))
    if postgresql:
        op.create_check_constraint("lent_never_below_zero", "funds", "lent_minor >= 0")
        for table, (rule,) in WALLS.items():
            sees = rule.format_map(SETTINGS)
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(
                f"CREATE POLICY safeconduct ON {table} FOR ALL TO safeconduct_app "
                f"USING ({sees}) WITH CHECK ({sees})"
            )


def _operations() -> None:
    op.create_table(
        "crisis_operations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("crisis", sa.Text().with_variant(sa.String(120), "sqlite"), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("sectors", sa.JSON(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        *_linked("crisis_operations", office_id="organisations", made_by_id="users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crisis_operations")),
        sa.UniqueConstraint("reference", name=op.f("uq_crisis_operations_reference")),
    )
    op.create_index(op.f("ix_crisis_operations_office_id"), "crisis_operations", ["office_id"])


def _linked(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column, to in targets.items()
    ]


def _advances() -> None:
    sums = ("drawn_minor", "repaid_minor", "released_minor")
    people = ("asked_by_id", "answered_by_id", "second_by_id")
    op.create_table(
        "advances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("fund_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("amount_minor", *sums)),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("repay_by", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in people),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        *_linked(
            "advances",
            operation_id="crisis_operations",
            fund_id="funds",
            office_id="organisations",
            **dict.fromkeys(people, "users"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_advances_positive")),
        sa.CheckConstraint(
            "drawn_minor >= 0 AND released_minor >= 0 AND "
            "drawn_minor + released_minor <= amount_minor",
            name=op.f("ck_advances_within_the_advance"),
        ),
        sa.CheckConstraint(
            "repaid_minor >= 0 AND repaid_minor <= drawn_minor",
            name=op.f("ck_advances_never_below_zero"),
        ),
        sa.CheckConstraint(
            "answered_by_id IS NULL OR answered_by_id <> asked_by_id",
            name=op.f("ck_advances_two_people"),
        ),
        sa.CheckConstraint(
            "second_by_id IS NULL OR (second_by_id <> asked_by_id AND second_by_id <> "
            "answered_by_id)",
            name=op.f("ck_advances_three_people"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advances")),
        sa.UniqueConstraint("reference", name=op.f("uq_advances_reference")),
    )
    for column in ("operation_id", "fund_id"):
        op.create_index(op.f(f"ix_advances_{column}"), "advances", [column])
    op.create_index("ix_advances_state", "advances", ["state", "repay_by"])


def _persons(postgresql: bool) -> None:
    words = sa.Text() if postgresql else sa.String(length=16)
    op.create_table(
        "operation_persons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("sector", sa.String(length=4), nullable=False),
        sa.Column("helped_on", sa.Date(), nullable=False),
        sa.Column("movement", words, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        *_linked(
            "operation_persons",
            operation_id="crisis_operations",
            case_id="cases",
            by_id="users",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_persons")),
        sa.UniqueConstraint(
            "operation_id",
            "case_id",
            "sector",
            name=op.f("uq_operation_persons_operation_id_case_id_sector"),
        ),
    )
    op.create_index(op.f("ix_operation_persons_case_id"), "operation_persons", ["case_id"])


def downgrade() -> None:
    """Back: what is lent stands in the books as it went out and came back; the version before
    counts it as spent.
    """
    op.execute("UPDATE funds SET spent_minor = spent_minor + lent_minor WHERE lent_minor > 0")
    op.drop_table("operation_persons")
    op.drop_table("advances")
    op.drop_table("crisis_operations")
    op.drop_index(op.f("ix_ledger_advance_id"), "ledger")
    op.drop_column("ledger", "advance_id")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("lent_never_below_zero", "funds", type_="check")
    for column in ("lends", "lent_minor"):
        op.drop_column("funds", column)
    for column in ("tried", "assessed_on"):
        op.drop_column("fund_requests", column)
