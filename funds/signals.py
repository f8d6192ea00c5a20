"""What funds tell the packages above them."""

from blinker import signal

request_changed = signal("funds.request_changed")  # answered, closed, cancelled
payment_corrected = signal("funds.payment_corrected")  # sender: the entry taken back; by: who acts
