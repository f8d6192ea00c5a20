"""keyed links of the trail, seals in a row, and a trail that only grows; the newest content of each compartment

What stands in the trail stays as it is: chains from before get keyed links with ``flask audit key``, which ``./run`` does after this migration.
Processes of the version before go on writing plain links meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ONLY_GROW = ("trail", "trail_cases", "trail_seals")


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("trail_heads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("keyed_from", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("mac", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("trail_seals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("serial", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("previous", sa.LargeBinary(), nullable=True))
        batch_op.create_unique_constraint("uq_trail_seals_serial", ["serial"])
    op.add_column("case_keys", sa.Column("newest", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("emergencies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("needs_yes", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("allowed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("words_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("finding_sealed", sa.LargeBinary(), nullable=True))
        batch_op.create_foreign_key("fk_emergencies_allowed_by_id_users", "users", ["allowed_by_id"], ["id"])
    _only_grow()


def _only_grow() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in ONLY_GROW:
            for verb in ("UPDATE", "DELETE"):
                op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END")
        op.execute(
            "CREATE TRIGGER trail_heads_forward BEFORE UPDATE ON trail_heads WHEN NEW.number < OLD.number "
            "BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END"
        )
        op.execute("CREATE TRIGGER trail_heads_no_delete BEFORE DELETE ON trail_heads BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END")
        return
    op.execute("CREATE FUNCTION trail_only_grows() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'the trail only grows'; END $$ LANGUAGE plpgsql")
    for table in ONLY_GROW:
        op.execute(f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION trail_only_grows()")
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM safeconduct_app")
    op.execute("CREATE TRIGGER trail_heads_forward BEFORE UPDATE ON trail_heads FOR EACH ROW WHEN (NEW.number < OLD.number) EXECUTE FUNCTION trail_only_grows()")
    op.execute("CREATE TRIGGER trail_heads_no_delete BEFORE DELETE ON trail_heads FOR EACH ROW EXECUTE FUNCTION trail_only_grows()")
    op.execute("REVOKE DELETE, TRUNCATE ON trail_heads FROM safeconduct_app")


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name == "sqlite":
        for table in ONLY_GROW:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        op.execute("DROP TRIGGER IF EXISTS trail_heads_forward")
        op.execute("DROP TRIGGER IF EXISTS trail_heads_no_delete")
    else:
        for table in ONLY_GROW:
            op.execute(f"DROP TRIGGER {table}_only_grows ON {table}")
            op.execute(f"GRANT UPDATE, DELETE ON {table} TO safeconduct_app")
        op.execute("DROP TRIGGER trail_heads_forward ON trail_heads")
        op.execute("DROP TRIGGER trail_heads_no_delete ON trail_heads")
        op.execute("GRANT DELETE ON trail_heads TO safeconduct_app")
        op.execute("DROP FUNCTION trail_only_grows()")
    with op.batch_alter_table("emergencies", schema=None) as batch_op:
        batch_op.drop_constraint("fk_emergencies_allowed_by_id_users", type_="foreignkey")
        for column in ("finding_sealed", "words_sealed", "allowed_by_id", "needs_yes"):
            batch_op.drop_column(column)
    with op.batch_alter_table("case_keys", schema=None) as batch_op:
        batch_op.drop_column("newest")
    with op.batch_alter_table("trail_seals", schema=None) as batch_op:
        batch_op.drop_constraint("uq_trail_seals_serial", type_="unique")
        batch_op.drop_column("previous")
        batch_op.drop_column("serial")
    with op.batch_alter_table("trail_heads", schema=None) as batch_op:
        batch_op.drop_column("mac")
        batch_op.drop_column("keyed_from")
