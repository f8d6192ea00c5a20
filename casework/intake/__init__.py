"""Opening a case: six steps on a page, the API, files of cases.

- :mod:`casework.intake.registration`      the verb that opens a case
- :mod:`casework.intake.callers`           people who have not agreed to anything yet
- :mod:`casework.intake.drafts`            registrations that are not finished
- :mod:`casework.intake.two_tabs`          two tabs on one of them
- :mod:`casework.intake.importing`         files of cases, row by row
- :mod:`casework.intake.rows`              a row as a registration takes it, and its faults
- :mod:`casework.intake.cells`             what one cell says
- :mod:`casework.intake.carrying_over`     what a row says of the case itself
- :mod:`casework.intake.standard_columns`  where each column of the standard has its home
- :mod:`casework.intake.file_readers`      workbooks, CSV, JSON read as rows
- :mod:`casework.intake.columns`           which column of a crisis list is which
- :mod:`casework.intake.htcds_groups`      repeated groups of the HTCDS as records, and back
- :mod:`casework.intake.pages`             what stands on the pages
"""
