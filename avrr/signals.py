"""What avrr tells the rooms above it."""

from blinker import signal

departed = signal("avrr.departed")  # sender: the Return
closed = signal("avrr.closed")  # sender: the Return, with its outcome
