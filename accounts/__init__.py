"""People at the screen: sign-in, second factor, sign-out, leaving quickly, own settings, API tokens.

Verbs
- :mod:`accounts.signing_in`  check_password(), check_code(), new password
- :mod:`accounts.tokens`      create(), find()
"""
