"""Telling people: the outbox, its channels, the queue, the worker, the schedule.

- :mod:`notifications.outbox`    post(): a promise to tell, in the transaction of the deed
- :mod:`notifications.queue`     signed jobs by name; enqueued after commit, best effort
- :mod:`notifications.worker`    runs only what stands in our registry and carries a valid signature
- :mod:`notifications.jobs`      deliver one message; sweep what was left lying
- :mod:`notifications.channels`  mail; no personal data in it
"""
