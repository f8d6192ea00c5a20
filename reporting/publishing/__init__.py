"""What leaves for anybody: published tables, open data.

- :mod:`reporting.publishing.publishing`      a table as it was published
- :mod:`reporting.publishing.differencing`    checked against all that was published of the same
  people
- :mod:`reporting.publishing.open_data`       asked by one, approved by two others
- :mod:`reporting.publishing.synthetic_data`  records that belong to nobody
"""
