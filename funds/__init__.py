"""HASM, MEFM, AVRR projects and assistance funds: from a donor's money to a receipt.

Verbs
- :mod:`funds.administration` open a fund, write down contributions
- :mod:`funds.requests`       money for a case, after the eligibility rules
- :mod:`funds.approvals`      by somebody else than who asked, above a limit by two
- :mod:`funds.payments`       what was paid, corrected, given back
- :mod:`funds.ledger`         append-only; the balance can never go below zero
- :mod:`funds.figures`        the pace of a fund

What stands on each page is gathered in :mod:`funds.pages`.
"""
