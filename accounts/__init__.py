"""People at the screen: sign-in and what proves who somebody is, own settings, accounts of others.

- :mod:`accounts.signing_in`       password, authenticator app: checking, changing
- :mod:`accounts.hashes`           Argon2id, worked out while no lock is held
- :mod:`accounts.passkeys`         what a device signed
- :mod:`accounts.recovery_codes`   ways in when the device is lost
- :mod:`accounts.single_sign_on`   the organisation's own provider
- :mod:`accounts.throttle`         guesses are slowed down
- :mod:`accounts.proofs`           the second step, confirming, unlocking: what a request proves
- :mod:`accounts.entering`         a session begins and ends
- :mod:`accounts.identifying`      who acts in a request
- :mod:`accounts.tokens`           programs that act for a person
- :mod:`accounts.access_changes` the one way to change who may act: told, and where it must by two
- :mod:`accounts.access_effects` what each of these changes does
- :mod:`accounts.links`           links to choose a password, by mail to the owner alone
- :mod:`accounts.owning`          what owners change of their own proofs
- :mod:`accounts.ending`          what opened an account ends, all of it in one place
- :mod:`accounts.locked_out`      somebody cannot sign in
- :mod:`accounts.signals`         what packages above are told
- :mod:`accounts.preferences`      language, look, when notices may come
- :mod:`accounts.invitations`      accounts and roles, given and ended by administrators
- :mod:`accounts.staff_lists`      many people invited at once, from a table
- :mod:`accounts.queries`          people and their roles
- :mod:`accounts.renaming`         another name, another mail address
- :mod:`accounts.ways_in`          what opens an account, ended one by one by an administrator
- :mod:`accounts.pages`            what stands on each page
- :mod:`accounts.people_commands`  the verbs of these pages, for the operator of the machine
- :mod:`accounts.people_pages`     what stands on those of administrators
- :mod:`accounts.open_forms`       forms that everybody may send
"""
