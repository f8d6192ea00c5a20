"""What casework tells the packages above it."""

from blinker import signal

consent_withdrawn = signal("casework.consent_withdrawn")  # sender: the Consent line
consent_refused = signal("casework.consent_refused")  # sender: the Consent line
