"""Files of a case: received in parts, looked into, kept sealed outside the database.

- :mod:`files.receiving`   parts come in, each sealed before it is stored
- :mod:`files.inspecting`  what a file is, and whether it may stay
- :mod:`files.storing`     where sealed parts lie: a folder or a bucket
- :mod:`files.jobs`        looking into files, forgetting them
- :mod:`files.routes`      the pages
"""
