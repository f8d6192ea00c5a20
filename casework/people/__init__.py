"""The person behind cases: families and groups, two cases of one person.

- :mod:`casework.people.families`  cases that belong together
- :mod:`casework.people.merging`   two persons who prove to be one
"""
