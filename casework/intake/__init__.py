"""Opening a case: six steps on a page, the API, files of cases.

- :mod:`casework.intake.registration`  the verb that opens a case, and its sealed draft
- :mod:`casework.intake.importing`     files of cases, row by row
- :mod:`casework.intake.file_readers`  workbooks, CSV, JSON read as rows
- :mod:`casework.intake.columns`       which column of a crisis list is which
- :mod:`casework.intake.htcds_groups`  repeated groups of the HTCDS as records, and back
"""
