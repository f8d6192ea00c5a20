"""First contact to closure: what a caseworker and a supervisor do with a case.

Words: a *person* has cases; a *case* has compartments, a consent ledger, a timeline, tasks. A *draft* is a registration not finished.

Verbs
- :mod:`casework.registering`  open a case from a draft, the API or a file
- :mod:`casework.consenting`   record, withdraw, vital interest
- :mod:`casework.screening`    act, means, purpose; the worker's decision
- :mod:`casework.editing`      change a section; the second of two writers is told
- :mod:`casework.timeline`     log contacts and what happened
- :mod:`casework.tasks`        set and finish tasks
- :mod:`casework.closing`      close, reopen, assign
- :mod:`casework.searching`    by name in any spelling, by number, phone, document
- :mod:`casework.importing`    HTCDS workbooks and survey exports
"""
