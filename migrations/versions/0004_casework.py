"""records with their versions, households, shelter, transfers, approvals, filters, flags, calendars"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


# The second wall (see 0003) around what was written of a case.
_OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
_CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
_WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
_WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"


def _walls(*, up: bool) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("records", "versions"):
        if not up:
            op.execute(f"DROP POLICY safeconduct ON {table}")
            continue
        own = f"EXISTS (SELECT 1 FROM cases WHERE cases.id = {table}.case_id AND cases.office_id = ANY ({_OFFICES}))"
        rule = f"{_WHO} AND ({_WHOLE} OR {table}.case_id = ANY ({_CASES}) OR {own})"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY safeconduct ON {table} FOR ALL TO safeconduct_app USING ({rule}) WITH CHECK ({_WHO})")


def upgrade() -> None:
    """Forward."""
    op.create_table('calendar_feeds',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_calendar_feeds_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_calendar_feeds')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_calendar_feeds_token_hash'))
    )
    op.create_table('facilities',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=24), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('sex', sa.String(length=10), nullable=False),
    sa.Column('ages', sa.String(length=10), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('inspected_on', sa.Date(), nullable=True),
    sa.Column('inspect_next_on', sa.Date(), nullable=True),
    sa.Column('address_sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_facilities_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_facilities')),
    sa.UniqueConstraint('key', name=op.f('uq_facilities_key'))
    )
    with op.batch_alter_table('facilities', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_facilities_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('households',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=24), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['office_id'], ['organisations.id'], name=op.f('fk_households_office_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_households')),
    sa.UniqueConstraint('key', name=op.f('uq_households_key'))
    )
    op.create_table('saved_filters',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('query', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_saved_filters_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_filters')),
    sa.UniqueConstraint('user_id', 'name', name=op.f('uq_saved_filters_user_id_name'))
    )
    op.create_table('house_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=24), nullable=False),
    sa.Column('facility_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('words_sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['users.id'], name=op.f('fk_house_notes_by_id_users')),
    sa.ForeignKeyConstraint(['facility_id'], ['facilities.id'], name=op.f('fk_house_notes_facility_id_facilities')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_house_notes')),
    sa.UniqueConstraint('key', name=op.f('uq_house_notes_key'))
    )
    with op.batch_alter_table('house_notes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_house_notes_facility_id'), ['facility_id'], unique=False)

    op.create_table('shelter_rooms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('facility_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('step_free', sa.Boolean(), nullable=False),
    sa.Column('one_household', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['facility_id'], ['facilities.id'], name=op.f('fk_shelter_rooms_facility_id_facilities')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shelter_rooms')),
    sa.UniqueConstraint('facility_id', 'name', name=op.f('uq_shelter_rooms_facility_id_name'))
    )
    with op.batch_alter_table('shelter_rooms', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shelter_rooms_facility_id'), ['facility_id'], unique=False)

    op.create_table('approvals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['asked_by_id'], ['users.id'], name=op.f('fk_approvals_asked_by_id_users')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_approvals_case_id_cases')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['users.id'], name=op.f('fk_approvals_decided_by_id_users')),
    sa.ForeignKeyConstraint(['office_id'], ['organisations.id'], name=op.f('fk_approvals_office_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approvals'))
    )
    with op.batch_alter_table('approvals', schema=None) as batch_op:
        batch_op.create_index('ix_approvals_office', ['office_id', 'state'], unique=False)
        batch_op.create_index('ux_approvals_pending', ['case_id', 'what'], unique=True, sqlite_where=sa.text("state = 'asked'"), postgresql_where=sa.text("state = 'asked'"))

    op.create_table('beds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['room_id'], ['shelter_rooms.id'], name=op.f('fk_beds_room_id_shelter_rooms')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_beds')),
    sa.UniqueConstraint('room_id', 'name', name=op.f('uq_beds_room_id_name'))
    )
    with op.batch_alter_table('beds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_beds_room_id'), ['room_id'], unique=False)

    op.create_table('flags',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_flags_case_id_cases')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_flags_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'case_id', name=op.f('pk_flags'))
    )
    op.create_table('members',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=24), nullable=False),
    sa.Column('household_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('relation_sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_members_case_id_cases')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_members_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_members')),
    sa.UniqueConstraint('case_id', name=op.f('uq_members_case_id'))
    )
    with op.batch_alter_table('members', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_members_household_id'), ['household_id'], unique=False)

    op.create_table('records',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=24), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('kind_token', sa.LargeBinary(), nullable=False),
    sa.Column('compartment', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_records_case_id_cases')),
    sa.ForeignKeyConstraint(['changed_by_id'], ['users.id'], name=op.f('fk_records_changed_by_id_users')),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_records_made_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_records')),
    sa.UniqueConstraint('key', name=op.f('uq_records_key'))
    )
    with op.batch_alter_table('records', schema=None) as batch_op:
        batch_op.create_index('ix_records_case', ['case_id', 'kind_token', 'id'], unique=False)

    op.create_table('transfers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('from_office_id', sa.Integer(), nullable=False),
    sa.Column('to_office_id', sa.Integer(), nullable=False),
    sa.Column('to_user_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['answered_by_id'], ['users.id'], name=op.f('fk_transfers_answered_by_id_users')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['users.id'], name=op.f('fk_transfers_asked_by_id_users')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_transfers_case_id_cases')),
    sa.ForeignKeyConstraint(['from_office_id'], ['organisations.id'], name=op.f('fk_transfers_from_office_id_organisations')),
    sa.ForeignKeyConstraint(['to_office_id'], ['organisations.id'], name=op.f('fk_transfers_to_office_id_organisations')),
    sa.ForeignKeyConstraint(['to_user_id'], ['users.id'], name=op.f('fk_transfers_to_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfers'))
    )
    with op.batch_alter_table('transfers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_transfers_to_office_id'), ['to_office_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfers_to_user_id'), ['to_user_id'], unique=False)
        batch_op.create_index('ux_transfers_pending', ['case_id'], unique=True, sqlite_where=sa.text("state = 'asked'"), postgresql_where=sa.text("state = 'asked'"))

    op.create_table('versions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=24), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('compartment', sa.String(length=12), nullable=False),
    sa.Column('subject', sa.String(length=24), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('corrected', sa.Boolean(), nullable=False),
    sa.Column('before_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['users.id'], name=op.f('fk_versions_by_id_users')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_versions_case_id_cases')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_versions'))
    )
    with op.batch_alter_table('versions', schema=None) as batch_op:
        batch_op.create_index('ix_versions_case', ['case_id', 'compartment', 'subject', 'id'], unique=False)

    op.create_table('placements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=24), nullable=False),
    sa.Column('card', sa.String(length=24), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('bed_id', sa.Integer(), nullable=False),
    sa.Column('facility_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('left_to', sa.String(length=20), nullable=False),
    sa.Column('presence', sa.String(length=10), nullable=False),
    sa.Column('presence_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('told_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['bed_id'], ['beds.id'], name=op.f('fk_placements_bed_id_beds')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_placements_case_id_cases')),
    sa.ForeignKeyConstraint(['facility_id'], ['facilities.id'], name=op.f('fk_placements_facility_id_facilities')),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_placements_made_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_placements')),
    sa.UniqueConstraint('card', name=op.f('uq_placements_card')),
    sa.UniqueConstraint('key', name=op.f('uq_placements_key'))
    )
    with op.batch_alter_table('placements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_placements_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_placements_facility', ['facility_id', 'left_on', 'until_on'], unique=False)

    op.create_table('bed_nights',
    sa.Column('bed_id', sa.Integer(), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('placement_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['bed_id'], ['beds.id'], name=op.f('fk_bed_nights_bed_id_beds')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_bed_nights_case_id_cases')),
    sa.ForeignKeyConstraint(['placement_id'], ['placements.id'], name=op.f('fk_bed_nights_placement_id_placements')),
    sa.PrimaryKeyConstraint('bed_id', 'night', name=op.f('pk_bed_nights')),
    sa.UniqueConstraint('case_id', 'night', name=op.f('uq_bed_nights_case_id_night'))
    )
    with op.batch_alter_table('bed_nights', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bed_nights_placement_id'), ['placement_id'], unique=False)

    op.create_table('handouts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('placement_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('period', sa.String(length=24), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['users.id'], name=op.f('fk_handouts_by_id_users')),
    sa.ForeignKeyConstraint(['placement_id'], ['placements.id'], name=op.f('fk_handouts_placement_id_placements')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handouts')),
    sa.UniqueConstraint('placement_id', 'kind', 'period', name=op.f('uq_handouts_placement_id_kind_period'))
    )
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('replaces', sa.String(length=32), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('tags_sealed', sa.LargeBinary(), nullable=True))

    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.add_column(sa.Column('outcome', sa.String(length=12), nullable=False, server_default=''))
        batch_op.create_index('ix_cases_load', ['office_id', 'status', 'owner_id', 'risk'], unique=False)

    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.add_column(sa.Column('proof', sa.String(length=32), nullable=False, server_default=''))

    with op.batch_alter_table('imports', schema=None) as batch_op:
        batch_op.add_column(sa.Column('columns', sa.JSON(), nullable=False, server_default='{}'))
        batch_op.add_column(sa.Column('basis_sealed', sa.LargeBinary(), nullable=True))

    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('record_key', sa.String(length=24), nullable=False, server_default=''))
        batch_op.create_index(batch_op.f('ix_tasks_record_key'), ['record_key'], unique=False)

    _walls(up=True)


def downgrade() -> None:
    """Back."""
    _walls(up=False)
    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tasks_record_key'))
        batch_op.drop_column('record_key')

    with op.batch_alter_table('imports', schema=None) as batch_op:
        batch_op.drop_column('basis_sealed')
        batch_op.drop_column('columns')

    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.drop_column('proof')

    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_index('ix_cases_load')
        batch_op.drop_column('outcome')

    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.drop_column('tags_sealed')
        batch_op.drop_column('replaces')

    op.drop_table('handouts')
    with op.batch_alter_table('bed_nights', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bed_nights_placement_id'))

    op.drop_table('bed_nights')
    with op.batch_alter_table('placements', schema=None) as batch_op:
        batch_op.drop_index('ix_placements_facility')
        batch_op.drop_index(batch_op.f('ix_placements_case_id'))

    op.drop_table('placements')
    with op.batch_alter_table('versions', schema=None) as batch_op:
        batch_op.drop_index('ix_versions_case')

    op.drop_table('versions')
    with op.batch_alter_table('transfers', schema=None) as batch_op:
        batch_op.drop_index('ux_transfers_pending', sqlite_where=sa.text("state = 'asked'"), postgresql_where=sa.text("state = 'asked'"))
        batch_op.drop_index(batch_op.f('ix_transfers_to_user_id'))
        batch_op.drop_index(batch_op.f('ix_transfers_to_office_id'))

    op.drop_table('transfers')
    with op.batch_alter_table('records', schema=None) as batch_op:
        batch_op.drop_index('ix_records_case')

    op.drop_table('records')
    with op.batch_alter_table('members', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_members_household_id'))

    op.drop_table('members')
    op.drop_table('flags')
    with op.batch_alter_table('beds', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_beds_room_id'))

    op.drop_table('beds')
    with op.batch_alter_table('approvals', schema=None) as batch_op:
        batch_op.drop_index('ux_approvals_pending', sqlite_where=sa.text("state = 'asked'"), postgresql_where=sa.text("state = 'asked'"))
        batch_op.drop_index('ix_approvals_office')

    op.drop_table('approvals')
    with op.batch_alter_table('shelter_rooms', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shelter_rooms_facility_id'))

    op.drop_table('shelter_rooms')
    with op.batch_alter_table('house_notes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_house_notes_facility_id'))

    op.drop_table('house_notes')
    op.drop_table('saved_filters')
    op.drop_table('households')
    with op.batch_alter_table('facilities', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_facilities_organisation_id'))

    op.drop_table('facilities')
    op.drop_table('calendar_feeds')
