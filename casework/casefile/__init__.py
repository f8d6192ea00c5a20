"""One case on the screen: its head, sections, records and deeds; and the same as JSON.

- :mod:`casework.casefile.case_header`       what each page of a case shows first
- :mod:`casework.casefile.pages`             what stands on each page of a case
- :mod:`casework.casefile.record_pages`      what stands on the pages of records
- :mod:`casework.casefile.reading`           records in full, one after another
- :mod:`casework.casefile.story`             the timeline, page by page
- :mod:`casework.casefile.editing`           changing a section
- :mod:`casework.casefile.contacts`          contact with the person, by their own rule
- :mod:`casework.casefile.closure`           closing, reopening, assigning
- :mod:`casework.casefile.screening`         screening for trafficking in persons
- :mod:`casework.casefile.child_safeguards`  what a child's case must have before a return
- :mod:`casework.casefile.interviewing`      interview, indicators, national mechanism
- :mod:`casework.casefile.contradictions`    where interview, signs and decision say opposite things
- :mod:`casework.casefile.worked_out`        what follows from the answers of a record, in words
- :mod:`casework.casefile.watchlist`         flagged cases, saved filters
"""
