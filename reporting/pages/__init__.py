"""The pages of statistics, their files, the same as JSON.

- :mod:`reporting.pages.pages`       which figures stand on which page
- :mod:`reporting.pages.filtering`   which filters may be offered
- :mod:`reporting.pages.renderings`  figures as CSV, workbook, SVG, PNG
"""
