"""Missions, partners and the headquarters: made, changed and closed; their teams.

- :mod:`organisations.administration`  the verbs: make, change, close, open again
- :mod:`organisations.closing`         what still hangs on one that is to be closed
- :mod:`organisations.teams`           who of a mission shares cases
- :mod:`organisations.lists`           many at once, from a table
- :mod:`organisations.key_pairs`       its public keys, entered by two officers
- :mod:`organisations.schemas`         what is said of one
- :mod:`organisations.queries`         which there are
- :mod:`organisations.pages`           what stands on each page
"""
