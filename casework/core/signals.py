"""What casework tells the packages above it."""

from blinker import signal

ledger_changed = signal("casework.ledger_changed")  # sender: the case; by: who acts
assistance_ended = signal("casework.assistance_ended")  # sender: the case; by: who acts
clearance_changed = signal("casework.clearance_changed")  # sender: the case; by: who acts
taken_over = signal("casework.taken_over")  # sender: the case of another office now; by: who acts
grown_up = signal("casework.grown_up")  # sender: the case of who turned 18; by: who acts
release_changed = signal("casework.release_changed")  # sender: the release; by: who acts
