"""The tables, one file a subject; :mod:`models.sealed` is the only bridge to the ciphers."""
