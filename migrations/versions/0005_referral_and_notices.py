"""threads, alternatives and reminders of referrals; what partners say of themselves; when people want mail"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Forward."""
    op.create_table('hooks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('url', sa.String(length=300), nullable=False),
    sa.Column('secret_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('before_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('before_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_hooks_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hooks')),
    sa.UniqueConstraint('organisation_id', name=op.f('uq_hooks_organisation_id'))
    )
    op.create_table('hook_messages',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('hook_id', sa.Integer(), nullable=False),
    sa.Column('event', sa.String(length=40), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('path', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['hook_id'], ['hooks.id'], name=op.f('fk_hook_messages_hook_id_hooks')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hook_messages')),
    sa.UniqueConstraint('hook_id', 'event', 'reference', name=op.f('uq_hook_messages_hook_id_event_reference')),
    sa.UniqueConstraint('key', name=op.f('uq_hook_messages_key'))
    )
    with op.batch_alter_table('hook_messages', schema=None) as batch_op:
        batch_op.create_index('ix_hook_messages_hook', ['hook_id', 'id'], unique=False)
        batch_op.create_index('ix_hook_messages_waiting', ['state', 'due_at'], unique=False)

    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('area', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('hours', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('eligibility', sa.String(length=500), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('contact', sa.String(length=300), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('capacity', sa.JSON(), nullable=False, server_default='{}'))
        batch_op.add_column(sa.Column('capacity_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('agreement_until', sa.Date(), nullable=True))

    with op.batch_alter_table('referrals', schema=None) as batch_op:
        batch_op.add_column(sa.Column('round', sa.String(length=12), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('bundle', sa.String(length=12), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('alternative', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('unanswered_by', sa.String(length=8), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('thread_sealed', sa.LargeBinary(), nullable=True))
        batch_op.create_index(batch_op.f('ix_referrals_round'), ['round'], unique=False)
        batch_op.create_index(batch_op.f('ix_referrals_bundle'), ['bundle'], unique=False)

    with op.batch_alter_table('services', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cost_minor', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('currency', sa.String(length=3), nullable=False, server_default=''))

    op.create_table('feedback',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('referral_id', sa.Integer(), nullable=False),
    sa.Column('side', sa.String(length=8), nullable=False),
    sa.Column('rating', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('rating BETWEEN 1 AND 4', name=op.f('ck_feedback_one_to_four')),
    sa.ForeignKeyConstraint(['by_id'], ['users.id'], name=op.f('fk_feedback_by_id_users')),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_feedback_referral_id_referrals')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback')),
    sa.UniqueConstraint('referral_id', 'side', name=op.f('uq_feedback_referral_id_side'))
    )
    op.create_table('referral_links',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('referral_id', sa.Integer(), nullable=False),
    sa.Column('token', sa.LargeBinary(), nullable=False),
    sa.Column('code', sa.LargeBinary(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_referral_links_made_by_id_users')),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_referral_links_referral_id_referrals')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_links')),
    sa.UniqueConstraint('token', name=op.f('uq_referral_links_token'))
    )
    with op.batch_alter_table('referral_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_referral_links_referral_id'), ['referral_id'], unique=False)

    op.create_table('inward',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reference', sa.String(length=12), nullable=False),
    sa.Column('partner_id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('sent_by_id', sa.Integer(), nullable=True),
    sa.Column('urgency', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('decline_reason', sa.String(length=30), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('token', sa.String(length=60), nullable=False),
    sa.Column('told_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('own_key_version', sa.Integer(), nullable=False),
    sa.Column('own_key', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['answered_by_id'], ['users.id'], name=op.f('fk_inward_answered_by_id_users')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_inward_case_id_cases')),
    sa.ForeignKeyConstraint(['office_id'], ['organisations.id'], name=op.f('fk_inward_office_id_organisations')),
    sa.ForeignKeyConstraint(['partner_id'], ['organisations.id'], name=op.f('fk_inward_partner_id_organisations')),
    sa.ForeignKeyConstraint(['sent_by_id'], ['users.id'], name=op.f('fk_inward_sent_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inward')),
    sa.UniqueConstraint('reference', name=op.f('uq_inward_reference')),
    sa.UniqueConstraint('token', name=op.f('uq_inward_token'))
    )
    with op.batch_alter_table('inward', schema=None) as batch_op:
        batch_op.create_index('ix_inward_partner', ['partner_id', 'sent_at', 'id'], unique=False)
        batch_op.create_index('ix_inward_office', ['office_id', 'sent_at', 'id'], unique=False)

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mail_when', sa.String(length=8), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('quiet_from', sa.String(length=5), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('quiet_to', sa.String(length=5), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('timezone', sa.String(length=40), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('phone_sealed', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('sms_when', sa.String(length=8), nullable=False, server_default=''))



def downgrade() -> None:
    """Back."""
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_column('sms_when')
        batch_op.drop_column('phone_sealed')
        batch_op.drop_column('timezone')
        batch_op.drop_column('quiet_to')
        batch_op.drop_column('quiet_from')
        batch_op.drop_column('mail_when')

    op.drop_table('inward')
    op.drop_table('referral_links')
    op.drop_table('feedback')
    with op.batch_alter_table('services', schema=None) as batch_op:
        batch_op.drop_column('currency')
        batch_op.drop_column('cost_minor')

    with op.batch_alter_table('referrals', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_referrals_bundle'))
        batch_op.drop_column('bundle')
        batch_op.drop_index(batch_op.f('ix_referrals_round'))
        batch_op.drop_column('thread_sealed')
        batch_op.drop_column('unanswered_by')
        batch_op.drop_column('reminded_at')
        batch_op.drop_column('alternative')
        batch_op.drop_column('round')

    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.drop_column('agreement_until')
        batch_op.drop_column('capacity_at')
        batch_op.drop_column('capacity')
        batch_op.drop_column('contact')
        batch_op.drop_column('eligibility')
        batch_op.drop_column('hours')
        batch_op.drop_column('area')

    with op.batch_alter_table('hook_messages', schema=None) as batch_op:
        batch_op.drop_index('ix_hook_messages_waiting')
        batch_op.drop_index('ix_hook_messages_hook')

    op.drop_table('hook_messages')
    op.drop_table('hooks')
