"""Work between people: my work, the team board, cases handed on, approvals, the calendar.

- :mod:`casework.team.board`          who has how much
- :mod:`casework.team.transfers`      handing a case to somebody else
- :mod:`casework.team.calendar_feed`  the calendar and its private feed
"""
