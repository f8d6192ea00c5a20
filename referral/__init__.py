"""Referring a person to a partner: what is released, the partner's answer, the services, the end.

Words: the *card* (need, urgency, language, age group) is all a partner sees before accepting; *released* fields come with acceptance and
end with the referral.

Verbs
- :mod:`referral.sending`    send(), revoke(), preview of the release
- :mod:`referral.responses`  accept(), decline(), log_service(), complete()
- :mod:`referral.states`     the life cycle as a table, and its deadlines
"""
