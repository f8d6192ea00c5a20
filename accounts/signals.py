"""What packages above are told of accounts."""

from blinker import signal

# Sender: the AccessChange that was carried out; ``by``: who acted.
who_may_act_changed = signal("accounts.who_may_act_changed")
