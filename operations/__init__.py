"""Running an installation: its keys, their rotation while people work, backups.

- :mod:`operations.keys`       making and checking the installation's keys
- :mod:`operations.rotation`   new keys for old ones, in small steps that can be stopped
- :mod:`operations.rewrapping` every key under the newest of the office that holds it
- :mod:`operations.resealing`  contents sealed anew under a new key
- :mod:`operations.backup`     the database in one folder, its keys in another
- :mod:`operations.one_at_a_time`  one installation on a directory, and no part that outlives it
- :mod:`operations.database_rights`  what the login must be allowed before it migrates
- :mod:`operations.first_start`  the first organisation and account of an empty installation
- :mod:`operations.checking`   how each part stands, and what is missing
- :mod:`operations.routes`     the pages of both
- :mod:`operations.serving`    the web server: threads for pages, one to be asked whether it lives
- :mod:`operations.lines`      what is slow, comes in heaps or is not read holds up nobody else
- :mod:`operations.health`     whether it lives, whether it can serve
- :mod:`operations.commands`   ``./run flask keys …``, ``./run flask backup …``
- :mod:`operations.clock_commands`  ``./run flask clock …``, in the demo
"""
