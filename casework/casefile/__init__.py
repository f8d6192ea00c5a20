"""One case on the screen: its head, sections, contacts, screening, closing, records, and the same as JSON.

- :mod:`casework.casefile.case_header`       what each page of a case shows first
- :mod:`casework.casefile.editing`           changing a section; the second of two writers sees both versions
- :mod:`casework.casefile.contacts`          contact with the person, by their own rule
- :mod:`casework.casefile.closure`           closing, reopening, assigning
- :mod:`casework.casefile.screening`         screening for trafficking in persons
- :mod:`casework.casefile.child_safeguards`  what a child's case must have before a return
- :mod:`casework.casefile.watchlist`         flagged cases, saved filters
"""
