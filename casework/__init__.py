"""First contact to closure: what a caseworker and a supervisor do with a case.

- :mod:`casework.core`      the case found and listed, timeline, tasks, consent, search
- :mod:`casework.records`   what is written of a case beyond registration
- :mod:`casework.intake`    registration and import
- :mod:`casework.casefile`  one case on the screen
- :mod:`casework.people`    families, two cases of one person
- :mod:`casework.team`      work between people
- :mod:`casework.letters`   papers of a case
- :mod:`casework.shelter`   houses, beds, nights
"""
