"""Referring a person to a partner: what is released, the partner's answer, the services, the end.

Words: the *card* (need, urgency, language, age group) is all a partner sees before accepting;
*released* fields come with acceptance and end with the referral.

Verbs
- :mod:`referral.sending`       what is released; send and take back
- :mod:`referral.responses`     the partner accepts, declines, logs services, completes
- :mod:`referral.previewing`    what goes out, shown before it goes
- :mod:`referral.leaving`       what is left with the case when a referral ends
- :mod:`referral.thread`, :mod:`referral.feedback`, :mod:`referral.letters`
- :mod:`referral.overdue`       what nobody answered in time (:mod:`referral.deadlines`)
- :mod:`referral.agreements`    a partner's agreement ends soon
- :mod:`referral.incoming`      persons whom partners refer to a mission
- :mod:`referral.directory`     the partners, and which of them fits; :mod:`referral.pathways`
- :mod:`referral.partner_links` for partners without accounts
- :mod:`referral.own_system`    a partner's webhook

What stands on each page is gathered in the modules named ``*pages``.
"""
