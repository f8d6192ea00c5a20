"""Code lists and reference data as data files, with their loader.

Labels go through gettext where they are shown.

- :mod:`standards.lists`    our own coded lists, with labels
- :mod:`standards.palermo`  acts, means, purposes of the Protocol, and their signs in HTCDS
- :mod:`standards.indicators`  operational indicators of trafficking (ILO, EC)
- :mod:`standards.first_signs`  signs for first contact (UNODC)
- :mod:`standards.interviewing`  lists of the interview
- :mod:`standards.htcds`    HTCDS 2.0: fields, lists, how toolkits spell them
- :mod:`standards.places`   countries, named by CLDR
- :mod:`standards.spoken`   languages that people speak, by code, name or word
"""
