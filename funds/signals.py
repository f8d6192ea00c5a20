"""What funds tells the rooms above it."""

from blinker import signal

approved = signal("funds.approved")  # sender: the FundRequest
