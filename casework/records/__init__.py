"""What is written of a case beyond registration: one form a kind, one way to keep, change, undo and compare them all.

``kinds`` says which kinds there are and where each belongs; the schemas stand by subject (``risks``, ``children``, ``plan``, ``health``, ``legal``, ``giving``,
``contact``); ``keeping`` has the verbs, ``queries`` the SELECTs, ``routes`` the pages.
"""
