"""Keys and ciphers: bytes in, bytes out. Knows neither Flask nor SQLAlchemy, so that a stranger can attack it alone.

- :mod:`vault.providers`  where the master key comes from
- :mod:`vault.keyring`    master key → wrapped keys → derived keys
- :mod:`vault.cipher`     AES-256-GCM with what it is bound to
- :mod:`vault.blind`      exact look-up without plain text
- :mod:`vault.names`      one name in many spellings → a few keys
- :mod:`vault.postings`   the name index, in encrypted blocks
- :mod:`vault.signing`    HMAC for queue jobs, cursors and the trail
"""
