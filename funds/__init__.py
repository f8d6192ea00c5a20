"""HASM, MEFM, AVRR projects and assistance funds: from a donor's money to a receipt.

Verbs
- :mod:`funds.administration` open a fund, write down contributions
- :mod:`funds.requests`       money for a case, after the eligibility rules
- :mod:`funds.approvals`      by somebody else than who asked, above a limit by two
- :mod:`funds.payments`       what was paid, corrected, given back
- :mod:`funds.advances`       what a fund lends to an operation in a crisis, and is paid back
- :mod:`funds.outlays`        help given and partners' services: a payment, or not ours
- :mod:`funds.ledger`         append-only; the balance can never go below zero
- :mod:`funds.figures`        the pace of a fund

What stands on each page is gathered in :mod:`funds.pages` and :mod:`funds.advance_pages`; what
funds tell packages above them stands in :mod:`funds.signals`.
"""
