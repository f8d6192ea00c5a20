"""What casework tells the rooms above it."""

from blinker import signal

consent_withdrawn = signal("casework.consent_withdrawn")  # sender: the Consent line
