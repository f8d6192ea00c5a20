"""Who may do what: permissions, conditions, the policy, the gate before compartments, writing the
trail. No routes.

- :mod:`access.permissions`  the names of what can be allowed
- :mod:`access.actors`       who acts: a person with grants, or a named system task
- :mod:`access.conditions`   conditions of one line, true of a record and usable as SQL
- :mod:`access.return_conditions`  those of returns alone
- :mod:`access.told`         whether a release stands by which somebody outside is told
- :mod:`access.kept_from`    cases that are kept from one, and what is about them
- :mod:`access.policy`       the one map, with ``allows`` and ``visible``
- :mod:`access.gate`         ``acting``: opens compartments to the one who acts
- :mod:`access.brake`        where reading on stops until somebody says why
- :mod:`access.forged`       rows that somebody else wrote go into the trail
- :mod:`access.audit`        writing the trail
- :mod:`access.audit_chain`  how its entries are linked
- :mod:`access.audit_seals`  checking it, and sending its heads away
- :mod:`access.by_token`     what a bearer token may
- :mod:`access.fields`       which fields of which compartment a role or a release shows
"""
