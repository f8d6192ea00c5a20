"""organisations that were cut off; a second password for whoever is forced; a link that ends sessions"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "cut_offs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_cut_offs_organisation_id_organisations")),
        sa.ForeignKeyConstraint(["cut_by_id"], ["users.id"], name=op.f("fk_cut_offs_cut_by_id_users")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_cut_offs_asked_by_id_users")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_cut_offs_decided_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cut_offs")),
    )
    op.create_index(op.f("ix_cut_offs_organisation_id"), "cut_offs", ["organisation_id"])
    op.create_table(
        "cut_off_cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cut_off_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cut_off_id"], ["cut_offs.id"], name=op.f("fk_cut_off_cases_cut_off_id_cut_offs")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_cut_off_cases_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cut_off_cases")),
        sa.UniqueConstraint("cut_off_id", "case_id", name=op.f("uq_cut_off_cases_cut_off_id_case_id")),
    )
    op.create_index("ix_cut_off_cases_cut", "cut_off_cases", ["cut_off_id", "id"])
    op.create_index(op.f("ix_cut_off_cases_case_id"), "cut_off_cases", ["case_id"])
    op.add_column("organisations", sa.Column("cut_off_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("cut_off_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("second_hash", sa.String(length=200), nullable=True))
    op.add_column("users", sa.Column("ending_token", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Back. What was cut off is shut all the same: its people's accounts stay as they are."""
    for column in ("ending_token", "second_hash", "cut_off_at"):
        op.drop_column("users", column)
    op.drop_column("organisations", "cut_off_at")
    op.drop_index(op.f("ix_cut_off_cases_case_id"), "cut_off_cases")
    op.drop_index("ix_cut_off_cases_cut", "cut_off_cases")
    op.drop_table("cut_off_cases")
    op.drop_index(op.f("ix_cut_offs_organisation_id"), "cut_offs")
    op.drop_table("cut_offs")
