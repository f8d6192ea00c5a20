"""Keeping and destroying: the state of keys, verification of the trail, the trail's pages.

- :mod:`custody.keys`      making and checking the installation's keys
- :mod:`custody.commands`  ``./run flask keys …``, ``./run flask audit verify``
- :mod:`custody.routes`    the trail, of a case and as a whole
"""
