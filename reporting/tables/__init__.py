"""Questions about people, answered as protected tables and charts.

- :mod:`reporting.tables.measures`    what is counted
- :mod:`reporting.tables.dimensions`  what people can be divided by
- :mod:`reporting.tables.questions`   a question, and what its answer looks like
- :mod:`reporting.tables.layouts`     counts laid out over the axes of a question
- :mod:`reporting.tables.tables`      a question as a protected table
- :mod:`reporting.tables.disclosure`  which cells are hidden, and why that holds
- :mod:`reporting.tables.panels`      a table with title, definition and chart
- :mod:`reporting.tables.operations`  figures of work: answers, load, dues, money
"""
