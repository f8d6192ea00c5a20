"""a key of each office that was told of a record; key pairs of offices; what rules ask lies in cases

What was told before is given to its recipients by the periodic task, or by ``keys by-office``. The
way back leaves each record's own key, which opens as before; a journey that was sealed apart from
its return is sealed under the return's key again, and what records say to rules is opened again
for all: both need the keys.
"""

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0041"
down_revision = "0040"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
TOUCHED = "(SELECT coalesce(nullif(current_setting('sc.touched', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {
    "OFFICES": OFFICES,
    "CASES": CASES,
    "TOUCHED": TOUCHED,
    "OPEN": OPEN,
    "WHO": WHO,
    "WHOLE": WHOLE,
}
_PARTIES = (
    "case_id = ANY ({TOUCHED}) OR holder_id = ANY ({OFFICES}) OR sender_id = ANY ({OFFICES})"
    " OR key_wraps.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases"
    " WHERE cases.id = key_wraps.case_id AND cases.office_id = ANY ({OFFICES}))"
)
# A copy of models/walls.py as it was: who may read a row, who may write it.
WALLS: dict[str, tuple[str, ...]] = {
    "key_wraps": (
        "{WHOLE} OR 'links' = ANY ({OPEN}) OR " + _PARTIES,
        "{WHOLE} OR " + _PARTIES,
    ),
    "office_pairs": ("{WHOLE} OR {WHO}", "{WHOLE} OR 'accounts' = ANY ({OPEN})"),
}
_MOMENT = sa.DateTime(timezone=True)
APART = b"\x01\x00\x02"  # how a document begins that lies under a key of its own part


def upgrade() -> None:
    """Forward: nobody has a wrap yet; the start and the periodic task give them."""
    _pairs()
    _wraps()
    op.add_column("records", sa.Column("says_sealed", sa.LargeBinary(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for table, rules in WALLS.items():
            _put_up(table, *(rule.format_map(SETTINGS) for rule in rules))


def _pairs() -> None:
    op.create_table(
        "office_pairs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sealing", sa.LargeBinary(), nullable=False),
        sa.Column("signing", sa.LargeBinary(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("seal", sa.LargeBinary(), nullable=True),
        *_linked(
            "office_pairs", office_id="organisations", asked_by_id="users", decided_by_id="users"
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR state = 'refused' OR decided_by_id <> asked_by_id",
            name=op.f("ck_office_pairs_two_officers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_pairs")),
        sa.UniqueConstraint("number", name=op.f("uq_office_pairs_number")),
    )
    op.create_index(op.f("ix_office_pairs_office_id"), "office_pairs", ["office_id"])


def _wraps() -> None:
    op.create_table(
        "key_wraps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=True),
        sa.Column("return_id", sa.Integer(), nullable=True),
        sa.Column("part", sa.String(length=12), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("master_version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=True),
        sa.Column("sender_pair", sa.Integer(), nullable=True),
        sa.Column("holder_pair", sa.Integer(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        *_linked(
            "key_wraps",
            case_id="cases",
            referral_id="referrals",
            return_id="returns",
            holder_id="organisations",
            release_id="case_releases",
            sender_id="organisations",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_wraps")),
        *(
            sa.UniqueConstraint(
                of, "part", "holder_id", name=op.f(f"uq_key_wraps_{of}_part_holder_id")
            )
            for of in ("referral_id", "return_id")
        ),
    )
    for column in ("case_id", "release_id"):
        op.create_index(op.f(f"ix_key_wraps_{column}"), "key_wraps", [column])
    op.create_index("ix_key_wraps_holder", "key_wraps", ["holder_id", "master_version"])


def _linked(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column, to in targets.items()
    ]


def _put_up(table: str, sees: str, writes: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    on, to = f"ON {table} FOR", "TO safeconduct_app"
    both = f"USING ({writes}) WITH CHECK ({writes})"
    op.execute(f"CREATE POLICY safeconduct_select {on} SELECT {to} USING ({sees})")
    op.execute(f"CREATE POLICY safeconduct_insert {on} INSERT {to} WITH CHECK ({writes})")
    op.execute(f"CREATE POLICY safeconduct_update {on} UPDATE {to} {both}")
    op.execute(f"CREATE POLICY safeconduct_delete {on} DELETE {to} USING ({writes})")


def downgrade() -> None:
    """Back: the key of the office that holds the case opens all."""
    _join_journeys()
    _tell_rules_again()
    op.drop_column("records", "says_sealed")
    op.drop_table("key_wraps")
    op.drop_table("office_pairs")


def _join_journeys() -> None:
    returns = sa.table(
        "returns",
        sa.column("id", sa.Integer),
        sa.column("own_key", sa.LargeBinary),
        sa.column("journey_sealed", sa.LargeBinary),
    )
    begins = sa.func.substr(returns.c.journey_sealed, 1, len(APART), type_=sa.LargeBinary)
    query = sa.select(returns).where(returns.c.own_key.is_not(None), begins == APART)
    rows = op.get_bind().execute(query).all()
    if not rows:
        return
    if "keyring" not in current_app.extensions:
        raise RuntimeError("The way back needs the keys of this installation.")
    from encryption import cipher  # noqa: PLC0415 -- on the way back alone
    from encryption.keyring import derived  # noqa: PLC0415
    from models.key_wraps import unwrapped  # noqa: PLC0415

    for row in rows:
        whole = unwrapped(row.own_key, f"Return/{row.id}")
        bound = f"Return/{row.id}/journey"
        content = cipher.unseal(derived(whole, bound), row.journey_sealed, bound=bound)
        joined = cipher.seal(whole, content, bound=bound)
        same = returns.update().where(returns.c.id == row.id)
        op.get_bind().execute(same.values(journey_sealed=joined))


def _tell_rules_again() -> None:
    query = sa.text(
        "SELECT records.id, records.key, records.case_id, records.compartment, records.says_sealed,"
        " case_keys.content, case_keys.previous, case_keys.number FROM records JOIN case_keys"
        " ON case_keys.case_id = records.case_id AND case_keys.compartment = records.compartment"
        " WHERE records.says_sealed IS NOT NULL"
    )
    rows = op.get_bind().execute(query).all()
    if not rows:
        return
    if "keyring" not in current_app.extensions:
        raise RuntimeError("The way back needs the keys of this installation.")
    from encryption import cipher  # noqa: PLC0415 -- on the way back alone
    from models.coded import Sealed  # noqa: PLC0415
    from models.key_wraps import unwrapped  # noqa: PLC0415

    again = sa.text("UPDATE records SET says = :says WHERE id = :id")
    column = Sealed("records.says", sa.JSON())
    for row in rows:
        newest = cipher.key_version(bytes(row.says_sealed)) == row.number
        wrapped = bytes(row.content if newest else row.previous)
        key = unwrapped(wrapped, f"case_keys/{row.case_id}/{row.compartment}")
        bound = f"records/{row.key}/says"
        said = cipher.unseal(key, bytes(row.says_sealed), bound=bound).rstrip()
        op.get_bind().execute(again, {"says": column.sealed(said), "id": row.id})
