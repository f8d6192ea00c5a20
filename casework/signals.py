"""What casework tells the rooms above it."""

from blinker import signal

consent_withdrawn = signal("casework.consent_withdrawn")  # sender: the Consent line
case_recoded = signal("casework.case_recoded")  # sender: the Case, whose sex, age band or consent to statistics changed
