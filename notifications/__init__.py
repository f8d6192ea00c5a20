"""Notices: the outbox, its channels, the queue, the worker, the schedule.

- :mod:`notifications.outbox`    post(): a notice, promised in the transaction of the deed
- :mod:`notifications.timing`    when a person wants to get it
- :mod:`notifications.queue`     signed jobs by name; enqueued after commit, best effort
- :mod:`notifications.worker`    runs only what stands in our registry with a valid signature
- :mod:`notifications.periodic`  what comes back every minute, ten minutes and hour
- :mod:`notifications.jobs`      deliver one message; sweep what was left lying
- :mod:`notifications.channels`  mail and SMS; no personal data in them
- :mod:`notifications.webhooks`  notices to a partner's own system
- :mod:`notifications.metrics`   how the queue fares, in numbers
- :mod:`notifications.queries`   the notices of whoever asks, and what was not delivered
"""
