"""returns with journeys, movements, surveys and warnings; funds with budgets, payments and books in double entry that nobody can change"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def _books() -> None:
    """What the ledger held before, as debit and credit; then the check, the sums of each fund, and the lock."""
    op.execute("UPDATE ledger SET debit = 'cash', credit = 'available', amount_minor = abs(amount_minor) WHERE kind = 'contribution'")
    op.execute("UPDATE ledger SET debit = 'available', credit = 'committed', amount_minor = abs(amount_minor) WHERE kind = 'commitment'")
    op.execute("UPDATE ledger SET debit = 'committed', credit = 'available', amount_minor = abs(amount_minor) WHERE kind = 'release'")
    day = "date(at)" if op.get_bind().dialect.name == "sqlite" else "CAST(at AS date)"
    op.execute(f'UPDATE ledger SET "on" = {day}')
    line = "(SELECT min(l.line) FROM fund_request_lines l WHERE l.request_id = ledger.request_id)"
    op.execute(f"UPDATE ledger SET line = coalesce({line}, '') WHERE request_id IS NOT NULL")
    owed = "SELECT coalesce(sum(CASE WHEN l.credit = 'committed' THEN l.amount_minor WHEN l.debit = 'committed' THEN -l.amount_minor ELSE 0 END), 0) FROM ledger l"
    op.execute(f"UPDATE funds SET committed_minor = ({owed} WHERE l.fund_id = funds.id)")
    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.create_check_constraint('positive', 'amount_minor > 0')
        batch_op.create_check_constraint('two_accounts', 'debit <> credit')
    _lock()


def _lock() -> None:
    """Entries are added, never changed and never removed."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER ledger_no_{verb.lower()} BEFORE {verb} ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END")
        return
    op.execute("CREATE FUNCTION ledger_append_only() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$ LANGUAGE plpgsql")
    op.execute("CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_append_only()")


def _free() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS ledger_no_{verb}")
        return
    op.execute("DROP TRIGGER ledger_append_only ON ledger")
    op.execute("DROP FUNCTION ledger_append_only()")


def upgrade() -> None:
    """Forward."""
    op.create_table('movements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reference', sa.String(length=12), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('carrier', sa.String(length=80), nullable=False),
    sa.Column('travel_on', sa.Date(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.CheckConstraint('seats BETWEEN 1 AND 1000', name=op.f('ck_movements_seats')),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_movements_made_by_id_users')),
    sa.ForeignKeyConstraint(['office_id'], ['organisations.id'], name=op.f('fk_movements_office_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_movements')),
    sa.UniqueConstraint('id', 'seats', name=op.f('uq_movements_id_seats')),
    sa.UniqueConstraint('reference', name=op.f('uq_movements_reference'))
    )
    with op.batch_alter_table('movements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_movements_office_id'), ['office_id'], unique=False)

    op.create_table('fund_request_lines',
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('line', sa.String(length=20), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('spent_minor', sa.BigInteger(), nullable=False),
    sa.Column('released_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_fund_request_lines_positive')),
    sa.CheckConstraint('spent_minor >= 0 AND released_minor >= 0 AND spent_minor + released_minor <= amount_minor', name=op.f('ck_fund_request_lines_within_the_budget')),
    sa.ForeignKeyConstraint(['request_id'], ['fund_requests.id'], name=op.f('fk_fund_request_lines_request_id_fund_requests')),
    sa.PrimaryKeyConstraint('request_id', 'line', name=op.f('pk_fund_request_lines'))
    )
    op.create_table('fund_request_persons',
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_fund_request_persons_case_id_cases')),
    sa.ForeignKeyConstraint(['request_id'], ['fund_requests.id'], name=op.f('fk_fund_request_persons_request_id_fund_requests')),
    sa.PrimaryKeyConstraint('request_id', 'case_id', name=op.f('pk_fund_request_persons'))
    )
    with op.batch_alter_table('fund_request_persons', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fund_request_persons_case_id'), ['case_id'], unique=False)

    op.create_table('manifest',
    sa.Column('movement_id', sa.Integer(), nullable=False),
    sa.Column('seat', sa.Integer(), nullable=False),
    sa.Column('of_seats', sa.Integer(), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.CheckConstraint('seat BETWEEN 1 AND of_seats', name=op.f('ck_manifest_seat_there_is')),
    sa.ForeignKeyConstraint(['movement_id', 'of_seats'], ['movements.id', 'movements.seats'], name=op.f('fk_manifest_movement_id_movements'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], name=op.f('fk_manifest_return_id_returns')),
    sa.PrimaryKeyConstraint('movement_id', 'seat', name=op.f('pk_manifest')),
    sa.UniqueConstraint('return_id', name=op.f('uq_manifest_return_id'))
    )
    op.create_table('return_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['users.id'], name=op.f('fk_return_events_by_id_users')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_return_events_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], name=op.f('fk_return_events_return_id_returns')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_return_events'))
    )
    with op.batch_alter_table('return_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_return_events_return_id'), ['return_id'], unique=False)

    op.create_table('return_warnings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('about', sa.String(length=40), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['done_by_id'], ['users.id'], name=op.f('fk_return_warnings_done_by_id_users')),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], name=op.f('fk_return_warnings_return_id_returns')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_return_warnings')),
    sa.UniqueConstraint('return_id', 'kind', 'about', name=op.f('uq_return_warnings_return_id_kind_about'))
    )
    with op.batch_alter_table('return_warnings', schema=None) as batch_op:
        batch_op.create_index('ix_return_warnings_open', ['done_at', 'return_id'], unique=False)

    op.create_table('surveys',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('economic', sa.Integer(), nullable=True),
    sa.Column('social', sa.Integer(), nullable=True),
    sa.Column('psychosocial', sa.Integer(), nullable=True),
    sa.Column('composite', sa.Integer(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('token', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['users.id'], name=op.f('fk_surveys_by_id_users')),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], name=op.f('fk_surveys_return_id_returns')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_surveys')),
    sa.UniqueConstraint('token', name=op.f('uq_surveys_token'))
    )
    with op.batch_alter_table('surveys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_surveys_return_id'), ['return_id'], unique=False)

    op.create_table('instalments',
    sa.Column('assistance_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=True),
    sa.Column('receipt', sa.String(length=60), nullable=False),
    sa.Column('paid_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("paid_on IS NULL OR receipt <> ''", name=op.f('ck_instalments_proof')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_instalments_positive')),
    sa.ForeignKeyConstraint(['assistance_id'], ['assistance.id'], name=op.f('fk_instalments_assistance_id_assistance')),
    sa.ForeignKeyConstraint(['paid_by_id'], ['users.id'], name=op.f('fk_instalments_paid_by_id_users')),
    sa.PrimaryKeyConstraint('assistance_id', 'number', name=op.f('pk_instalments'))
    )
    with op.batch_alter_table('assistance', schema=None) as batch_op:
        batch_op.add_column(sa.Column('level', sa.String(length=12), nullable=False, server_default='individual'))
        batch_op.add_column(sa.Column('form', sa.String(length=5), nullable=False, server_default='kind'))
        batch_op.add_column(sa.Column('state', sa.String(length=10), nullable=False, server_default='approved'))
        batch_op.add_column(sa.Column('planned_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('decided_by_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_assistance_decided_by_id_users'), 'users', ['decided_by_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_assistance_planned_by_id_users'), 'users', ['planned_by_id'], ['id'])
        batch_op.create_check_constraint('two_people', 'decided_by_id IS NULL OR decided_by_id <> planned_by_id')

    with op.batch_alter_table('follow_ups', schema=None) as batch_op:
        batch_op.add_column(sa.Column('business', sa.String(length=12), nullable=False, server_default=''))

    op.execute("INSERT INTO fund_request_lines (request_id, line, amount_minor, spent_minor, released_minor) SELECT id, line, amount_minor, 0, 0 FROM fund_requests")
    op.execute("INSERT INTO fund_request_persons (request_id, case_id) SELECT id, case_id FROM fund_requests")

    with op.batch_alter_table('fund_requests', schema=None) as batch_op:
        batch_op.add_column(sa.Column('people', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('sector', sa.String(length=4), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('second_by_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_fund_requests_fund', ['fund_id', 'state'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_fund_requests_second_by_id_users'), 'users', ['second_by_id'], ['id'])
        batch_op.drop_column('line')
        batch_op.create_check_constraint('three_people', 'second_by_id IS NULL OR (second_by_id <> asked_by_id AND second_by_id <> answered_by_id)')

    with op.batch_alter_table('funds', schema=None) as batch_op:
        batch_op.add_column(sa.Column('line_ceilings', sa.JSON(), nullable=False, server_default='{}'))
        batch_op.add_column(sa.Column('hosts', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('sectors', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('last_resort', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('second_above_minor', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('committed_minor', sa.BigInteger(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('spent_minor', sa.BigInteger(), nullable=False, server_default='0'))
        batch_op.create_check_constraint('committed_never_below_zero', 'committed_minor >= 0')
        batch_op.create_check_constraint('spent_never_below_zero', 'spent_minor >= 0')

    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.add_column(sa.Column('debit', sa.String(length=10), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('credit', sa.String(length=10), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('line', sa.String(length=20), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('donor', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('paid_minor', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('paid_currency', sa.String(length=3), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('rate', sa.Numeric(precision=18, scale=8), nullable=True))
        batch_op.add_column(sa.Column('on', sa.Date(), nullable=False, server_default='2000-01-01'))
        batch_op.add_column(sa.Column('receipt', sa.String(length=60), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('reverses_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_ledger_fund_kind', ['fund_id', 'kind', 'on'], unique=False)
        batch_op.create_index('ix_ledger_request', ['request_id'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_ledger_reverses_id'), ['reverses_id'])
        batch_op.create_foreign_key(batch_op.f('fk_ledger_reverses_id_ledger'), 'ledger', ['reverses_id'], ['id'])

    _books()
    with op.batch_alter_table('return_steps', schema=None) as batch_op:
        batch_op.add_column(sa.Column('detail', sa.JSON(), nullable=False, server_default='{}'))

    with op.batch_alter_table('returns', schema=None) as batch_op:
        batch_op.add_column(sa.Column('transit_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('purpose', sa.String(length=12), nullable=False, server_default='return'))
        batch_op.add_column(sa.Column('escort_needed', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('escort_given', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('outcome', sa.String(length=16), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('closed_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('journey_sealed', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('thread_sealed', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('answers_sealed', sa.LargeBinary(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_returns_transit_id_organisations'), 'organisations', ['transit_id'], ['id'])


def downgrade() -> None:
    """Back. The ledger keeps what the table before could say: contributions, commitments and releases with their sign."""
    _free()
    with op.batch_alter_table('returns', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_returns_transit_id_organisations'), type_='foreignkey')
        for name in ('transit_id', 'purpose', 'escort_needed', 'escort_given', 'outcome', 'closed_on', 'journey_sealed', 'thread_sealed', 'answers_sealed'):
            batch_op.drop_column(name)
    with op.batch_alter_table('return_steps', schema=None) as batch_op:
        batch_op.drop_column('detail')
    op.execute("UPDATE ledger SET reverses_id = NULL")
    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_ledger_positive'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_ledger_two_accounts'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_ledger_reverses_id_ledger'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_ledger_reverses_id'), type_='unique')
        batch_op.drop_index('ix_ledger_request')
        batch_op.drop_index('ix_ledger_fund_kind')
        for name in ('debit', 'credit', 'line', 'donor', 'paid_minor', 'paid_currency', 'rate', 'on', 'receipt', 'reverses_id'):
            batch_op.drop_column(name)
    op.execute("UPDATE ledger SET amount_minor = -amount_minor WHERE kind = 'commitment'")
    op.execute("UPDATE ledger SET amount_minor = 0 WHERE kind IN ('expenditure', 'correction')")
    with op.batch_alter_table('funds', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_funds_committed_never_below_zero'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_funds_spent_never_below_zero'), type_='check')
        for name in ('line_ceilings', 'hosts', 'sectors', 'last_resort', 'second_above_minor', 'committed_minor', 'spent_minor'):
            batch_op.drop_column(name)
    with op.batch_alter_table('fund_requests', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_fund_requests_three_people'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_fund_requests_second_by_id_users'), type_='foreignkey')
        batch_op.drop_index('ix_fund_requests_fund')
        batch_op.add_column(sa.Column('line', sa.String(length=20), nullable=False, server_default='other'))
        for name in ('people', 'sector', 'second_by_id'):
            batch_op.drop_column(name)
    op.execute("UPDATE fund_requests SET line = coalesce((SELECT min(l.line) FROM fund_request_lines l WHERE l.request_id = fund_requests.id), 'other')")
    with op.batch_alter_table('follow_ups', schema=None) as batch_op:
        batch_op.drop_column('business')
    op.drop_table('instalments')
    with op.batch_alter_table('assistance', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_assistance_two_people'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_assistance_decided_by_id_users'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_assistance_planned_by_id_users'), type_='foreignkey')
        for name in ('level', 'form', 'state', 'planned_by_id', 'decided_by_id'):
            batch_op.drop_column(name)
    for name in ('surveys', 'return_warnings', 'return_events', 'manifest', 'fund_request_persons', 'fund_request_lines', 'movements'):
        op.drop_table(name)
