"""Work between people: my work, the team board, cases handed on, approvals, the calendar.

- :mod:`casework.team.board`          who has how much
- :mod:`casework.team.reviews`        what was kept without consent, one by one or as a list
- :mod:`casework.team.transfers`      handing a case to somebody else
- :mod:`casework.team.calendar_feed`  the calendar and its private feed
"""
