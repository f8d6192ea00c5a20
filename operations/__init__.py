"""Running an installation: its keys, their rotation while people work, backups.

- :mod:`operations.keys`       making and checking the installation's keys
- :mod:`operations.rotation`   new keys for old ones, in small steps that can be stopped
- :mod:`operations.rewrapping` every key under the newest of the office that holds it
- :mod:`operations.resealing`  contents sealed anew under a new key
- :mod:`operations.backup`     the database in one folder, its keys in another
- :mod:`operations.one_at_a_time`  one installation on a directory, and no part that outlives it
- :mod:`operations.serving`    the web server: threads for pages, one to be asked whether it lives
- :mod:`operations.health`     whether it lives, whether it can serve
- :mod:`operations.commands`   ``./run flask keys …``, ``./run flask backup …``
"""
