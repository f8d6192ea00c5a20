"""From raw rows to coded facts, and from facts to something that counts fast.

- :mod:`reporting.facts.columns`     the names of the facts, and their keys in a document
- :mod:`reporting.facts.raw_rows`    the rows of some cases and of what hangs on them
- :mod:`reporting.facts.extracting`  the facts of some cases, from the raw rows
- :mod:`reporting.facts.helps`       of these, every help: what is counted of people
- :mod:`reporting.facts.counting`    keeps the facts of changed cases, in numbered countings; makes
  all anew
- :mod:`reporting.facts.engine`      DuckDB in memory, one for each process: loads what is new,
  answers
"""
