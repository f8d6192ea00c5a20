"""What casework tells the packages above it."""

from blinker import signal

ledger_changed = signal("casework.ledger_changed")  # sender: the case; by: who acts
assistance_ended = signal("casework.assistance_ended")  # sender: the case; by: who acts
release_changed = signal("casework.release_changed")  # sender: the release; by: who acts
