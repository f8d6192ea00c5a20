"""HASM, MEFM, AVRR projects and assistance funds: contributions, requests, approvals, the ledger.

Verbs
- :mod:`funds.requests`   ask(): money for a case, after the eligibility rules
- :mod:`funds.ledger`   contribute(), commit(): append-only; the balance can never go below zero
- :mod:`funds.approvals` approve(), refuse(): by somebody else than who asked
"""
