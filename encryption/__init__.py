"""Keys and ciphers: bytes in, bytes out.

Knows neither Flask nor SQLAlchemy, so that a stranger can attack it alone.

- :mod:`encryption.providers`  where the master key comes from
- :mod:`encryption.keyring`    master key → wrapped keys → derived keys
- :mod:`encryption.cipher`     AES-256-GCM with what it is bound to
- :mod:`encryption.blind`      exact look-up without plain text
- :mod:`encryption.names`      one name in many spellings → a few keys
- :mod:`encryption.postings`   the name index, in encrypted blocks
- :mod:`encryption.signing`    HMAC for queue jobs, cursors and the trail
- :mod:`encryption.sealing_to` HPKE to the public key of another office
"""
