"""Statistics that are safe to show: counts from coded facts only, small cells hidden, as table, chart and CSV.

- :mod:`reporting.facts`       one fact per person, programme and year; running counts beside them
- :mod:`reporting.tables`      a question → rows and columns
- :mod:`reporting.disclosure`  hides small cells, and whatever would give them away
- :mod:`reporting.charts`      SVG, drawn here
"""
