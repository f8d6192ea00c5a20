"""Files for those who asked: reports, the field's standards, a data warehouse.

- :mod:`reporting.exports.deliveries`   files that take a while, encrypted for one reader
- :mod:`reporting.exports.exporting`    what such a file holds
- :mod:`reporting.exports.export_jobs`  making it, outside a request
- :mod:`reporting.exports.htcds`        cases in the layout of the HTCDS
- :mod:`reporting.exports.warehouse`    coded facts under pseudonyms
"""
