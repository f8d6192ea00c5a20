"""Code lists and reference data as data files, with their loader.

Labels go through gettext where they are shown.

- :mod:`standards.lists`    our own coded lists, with labels
- :mod:`standards.htcds`    HTCDS 2.0: fields, lists, how toolkits spell them
- :mod:`standards.places`   countries and languages, named by CLDR
"""
