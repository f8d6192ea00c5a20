"""an attempt is not a visit: attempts of their own, follow-ups that are not needed, how it ended"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

SETTINGS = {"WHOLE": "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"}
# A copy of models/walls.py as it was: who may read and write a row.
WALLS: dict[str, tuple[str, ...]] = {
    "visit_attempts": (
        "{WHOLE} OR EXISTS (SELECT 1 FROM returns WHERE returns.id = visit_attempts.return_id)",
    ),
}


def upgrade() -> None:
    """Forward. What was written as a visit becomes an attempt at the start, with the keys
    (:mod:`operations.upgrading`).
    """
    postgresql = op.get_bind().dialect.name == "postgresql"
    coded = sa.Text() if postgresql else None
    op.create_table(
        "visit_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("manner", coded or sa.String(length=12), nullable=False),
        sa.Column("outcome", coded or sa.String(length=20), nullable=False),
        *(
            sa.Column(score, coded or sa.Integer(), nullable=True)
            for score in ("economic", "social", "psychosocial")
        ),
        sa.Column("business", coded or sa.String(length=12), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("step_told_on", sa.Date(), nullable=True),
        sa.Column("next_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_done_by_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_visit_attempts_return_id_returns")
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_id"],
            ["follow_ups.id"],
            name=op.f("fk_visit_attempts_follow_up_id_follow_ups"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [who], ["users.id"], name=op.f(f"fk_visit_attempts_{who}_users")
            )
            for who in ("by_id", "next_done_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_attempts")),
    )
    for column in ("return_id", "follow_up_id"):
        op.create_index(op.f(f"ix_visit_attempts_{column}"), "visit_attempts", [column])
    op.create_index("ix_visit_attempts_next", "visit_attempts", ["next_done_at", "next_on"])
    op.add_column("follow_ups", sa.Column("not_needed_on", sa.Date(), nullable=True))
    op.add_column("surveys", sa.Column("month", sa.Integer(), nullable=True))
    op.add_column("returns", sa.Column("ended_on", coded or sa.Date(), nullable=True))
    for column in ("seen_sealed", "home_sealed", "ending_sealed"):
        op.add_column("returns", sa.Column(column, sa.LargeBinary(), nullable=True))
    op.add_column("returns", sa.Column("ending_by_id", sa.Integer(), nullable=True))
    # What is counted of visits says more than before.
    op.execute("INSERT INTO fact_changes (case_id) SELECT DISTINCT case_id FROM returns")
    if postgresql:
        sees = WALLS["visit_attempts"][0].format_map(SETTINGS)
        op.execute("ALTER TABLE visit_attempts ENABLE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY safeconduct ON visit_attempts FOR ALL TO safeconduct_app "
            f"USING ({sees}) WITH CHECK ({sees})"
        )


def downgrade() -> None:
    """Back: the newest attempt of a follow-up is its visit again, reached or not."""
    newest = (
        'SELECT max("on") FROM visit_attempts WHERE visit_attempts.follow_up_id = follow_ups.id'
    )
    op.execute(f"UPDATE follow_ups SET done_on = ({newest}) WHERE done_on IS NULL")
    op.drop_table("visit_attempts")
    op.drop_column("follow_ups", "not_needed_on")
    op.drop_column("surveys", "month")
    for column in ("ended_on", "ending_by_id", "seen_sealed", "home_sealed", "ending_sealed"):
        op.drop_column("returns", column)
