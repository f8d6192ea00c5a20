"""Papers of a case: summary, letters, consent form, the person's own copy.

- :mod:`casework.letters.documents`  what stands on them
- :mod:`casework.letters.interview_sheet`  questions to print for an interview, with no name
- :mod:`casework.letters.pdf`        setting them as PDF, in memory
"""
