"""What is written of a case beyond registration.

One form a kind, one way to keep, change, undo and compare them all. The schemas stand by subject:
``risks``, ``interviews``, ``children``, ``plan``, ``health``, ``legal``, ``giving``, ``contact``,
``safe_contact``.

- :mod:`casework.records.kind`       what a kind of record is
- :mod:`casework.records.kinds`      which kinds there are, and where each belongs
- :mod:`casework.records.completed`  what follows from what a form says
- :mod:`casework.records.changes`    keeping, changing, removing, restoring
- :mod:`casework.records.effects`    what follows in other places from a record
- :mod:`casework.records.given_back`  what a record did, given back when it is removed
- :mod:`casework.records.planning`   beginning a plan from a template
- :mod:`casework.records.queries`    reading records
"""
