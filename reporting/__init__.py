"""Statistics that are safe to show: counts from coded facts only, small cells hidden, as table,
chart and file.

- :mod:`reporting.facts`       from raw rows to coded facts, and what counts them fast
- :mod:`reporting.tables`      questions about people as protected tables and charts
- :mod:`reporting.pages`       the pages
- :mod:`reporting.publishing`  published tables, open data
- :mod:`reporting.exports`     reports, standards, the warehouse
"""
