"""Webhooks: notices to a partner's own system, signed and timestamped as Standard Webhooks defines
(https://www.standardwebhooks.com).

A notice holds an event, a reference and a link. It goes to public addresses only, by HTTPS, without
following redirects; the name is resolved once and the connection made to the address that was
checked, so that a name cannot turn into a private address in between.
"""

import base64
import ipaddress
import json
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import or_, select

from access.actors import system
from loading import later
from models.base import db, insert_if_new, now
from models.messages import Hook, HookMessage
from models.rules import RuleBroken
from models.scope import opened
from models.sealed import open_system, seal_system
from models.states import MESSAGE, MessageState
from notifications import queue
from web import paging

if TYPE_CHECKING:
    import certifi
    import standardwebhooks
    import urllib3
else:
    certifi = later("certifi")
    standardwebhooks = later("standardwebhooks")
    urllib3 = later("urllib3")

PREFIX = "whsec_"
ROTATION = timedelta(hours=24)
LEASE = timedelta(seconds=60)
DELIVERY = system("delivery")
MOST_TRIES = 12


class Unreachable(Exception):
    """The address cannot be used: private, not HTTPS, or without a name.

    Says a code, never the address.
    """


@opened("post")
def post(event: str, *, reference: str, path: str, organisation_id: int) -> None:
    """Promise to tell the system of an organisation, if it has one."""
    hook = hook_of(organisation_id)
    if hook is None or not hook.active:
        return
    row = {
        "key": f"msg_{secrets.token_hex(16)}",
        "hook_id": hook.id,
        "event": event,
        "reference": reference,
        "path": path,
        "state": MessageState.WAITING,
        "tries": 0,
        "due_at": now(),
        "created_at": now(),
        "status": 0,
        "trouble": "",
    }
    statement = insert_if_new(HookMessage).values(row).returning(HookMessage.id)
    message_id = db.session.execute(statement).scalar()
    if message_id is not None:
        queue.enqueue_after_commit("hook", message_id)


def end(organisation_id: int) -> None:
    """Tell the system of an organisation nothing any more, not even what waits."""
    hook = hook_of(organisation_id)
    if hook is None:
        return
    hook.active = False
    waiting = select(HookMessage).where(
        HookMessage.hook_id == hook.id, HookMessage.state == MessageState.WAITING
    )
    for message in db.session.execute(waiting).unique().scalars():
        MESSAGE.move(message, "fail", by=DELIVERY)


def new_secret() -> str:
    """A secret as the standard writes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def keep(*, organisation_id: int, url: str) -> str:
    """Set the address; gives the secret, which is shown once.

    Raises a broken rule where the address cannot be used.
    """
    try:
        resolved(url)
    except Unreachable as wrong:
        raise RuleBroken(_words(str(wrong)), "url") from None
    hook = hook_of(organisation_id)
    secret = new_secret()
    if hook is None:
        hook = Hook(organisation_id=organisation_id, url=url, secret_sealed=_sealed(secret))
        db.session.add(hook)
    else:
        _replace_secret(hook, secret)
    hook.url = url
    hook.active = True
    hook.failures = 0
    return secret


def rotate(hook: Hook) -> str:
    """A new secret; for a day messages carry signatures of both."""
    secret = new_secret()
    _replace_secret(hook, secret)
    return secret


def _replace_secret(hook: Hook, secret: str) -> None:
    hook.before_sealed = hook.secret_sealed
    hook.before_until = now() + ROTATION
    hook.secret_sealed = _sealed(secret)


def _sealed(secret: str) -> bytes:
    return seal_system("hooks", secret.encode())


def _words(code: str) -> str:
    return {
        "https": _("Give an address that begins with https://."),
        # Which names there are within is told to nobody who tries them out.
    }.get(code, _("This address cannot be used: it is not found, or is no public one."))


def resolved(url: str) -> tuple[str, str, int, str]:
    """(address, host, port, path and query) of ``url``; raises :class:`Unreachable`.

    Every address the name has must be public.
    """
    private_allowed = current_app.config["SETTINGS"].webhook_private
    parts = urlsplit(url)
    if parts.scheme != "https" and not (private_allowed and parts.scheme == "http"):
        raise Unreachable("https")
    if not parts.hostname or parts.username or parts.password or parts.fragment:
        raise Unreachable("name")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = _addresses(parts.hostname, port)
    except (OSError, ValueError, UnicodeError):
        raise Unreachable("name") from None
    if not private_allowed and not all(_is_public(address) for address in addresses):
        raise Unreachable("private")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return min(addresses), parts.hostname, port, path


def _addresses(host: str, port: int) -> set[str]:
    """Every network address that a name has."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return {str(answer[4][0]) for answer in answers}


# What is given to networks of the internet; all else of IPv6 is within, or stands for an address of
# IPv4 that a gateway reaches (64:ff9b::/96, ::/96, ::ffff:0:0/96).
_OF_THE_INTERNET = ipaddress.ip_network("2000::/3")
_WITHIN = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24")))


def _is_public(address: str) -> bool:
    outer = ipaddress.ip_address(address.partition("%")[0])
    if not outer.is_global or outer.is_multicast:
        return False
    if isinstance(outer, ipaddress.IPv4Address):
        return not any(outer in network for network in _WITHIN)
    inner = outer.sixtofour or (outer.teredo or (None, None))[1]
    return outer in _OF_THE_INTERNET and (inner is None or _is_public(str(inner)))


def body(message: HookMessage) -> bytes:
    """What is sent: an event, a reference, a link. Nothing about anybody."""
    data = {"reference": message.reference, "url": current_app.config["BASE_URL"] + message.path}
    return json.dumps(
        {"type": message.event, "timestamp": message.created_at.isoformat(), "data": data}
    ).encode()


def signed(message: HookMessage, content: bytes, moment: datetime) -> Mapping[str, str]:
    """The headers of Standard Webhooks: id, timestamp, and a signature by each secret in force."""
    signatures = [
        standardwebhooks.Webhook(open_system("hooks", sealed).decode()).sign(
            message.key, moment, content.decode()
        )
        for sealed in _secrets_in_force(message.hook)
    ]
    return {
        "webhook-id": message.key,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _secrets_in_force(hook: Hook) -> list[bytes]:
    """The secret, and the one before it for as long as both sign."""
    before = hook.before_sealed if hook.before_until and hook.before_until > now() else None
    return [hook.secret_sealed, *filter(None, [before])]


def deliver(message_id: int) -> None:
    """Tell a partner's system once.

    No transaction is open while it answers; whatever it answers is not kept, only its status.
    """
    query = (
        select(HookMessage)
        .where(HookMessage.id == message_id, HookMessage.state == MessageState.WAITING)
        .with_for_update(skip_locked=True, of=HookMessage)
    )
    message = db.session.execute(query).unique().scalar_one_or_none()
    if message is None or not _is_free(message):
        db.session.rollback()
        return
    message.lease_until = now() + LEASE
    message.tries += 1
    db.session.flush()
    content = body(message)
    headers = signed(message, content, datetime.now(UTC))
    url = message.hook.url
    db.session.commit()
    status, trouble = _send(url, content, headers)
    _record(db.session.get_one(HookMessage, message_id), status, trouble)
    db.session.commit()


def _is_free(message: HookMessage) -> bool:
    """Whether a message is due, and nobody is sending it."""
    leased = message.lease_until is not None and message.lease_until > now()
    return message.due_at <= now() and not leased


def _send(url: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    try:
        address, host, port, path = resolved(url)
        pool = _pool(urlsplit(url).scheme, address, host, port)
        sent = {
            **headers,
            "Host": host,
            "Content-Type": "application/json",
            "User-Agent": current_app.config["SETTINGS"].product_name,
        }
        with _within(pool, 2 * current_app.config["SETTINGS"].outside_seconds):
            answer = pool.request(
                "POST", path, body=content, headers=sent, redirect=False, preload_content=False
            )
            status = int(answer.status)
            answer.close()
    except Unreachable as wrong:
        return 0, str(wrong)
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as wrong:
        return 0, type(wrong).__name__
    return status, "" if 200 <= status < 300 else f"status {status}"


def _pool(scheme: str, address: str, host: str, port: int) -> "urllib3.HTTPConnectionPool":
    """A connection to the very address that was checked, with the certificate of the name."""
    seconds = current_app.config["SETTINGS"].outside_seconds
    timeout = urllib3.Timeout(connect=min(5, seconds), read=seconds)
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout, retries=False)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        retries=False,
        server_hostname=host,
        assert_hostname=host,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
    )


@contextmanager
def _within(pool: "urllib3.HTTPConnectionPool", seconds: float) -> Iterator[None]:
    """Ends the line after so many seconds in all: one byte now and then is in time for each look at
    it, and would hold up everybody else's messages.
    """
    lines: list[Any] = []

    class Noted(pool.ConnectionCls):  # type: ignore[name-defined, misc]
        def connect(self) -> None:
            super().connect()
            lines.append(self.sock)

    pool.ConnectionCls = Noted  # type: ignore[misc]
    end = threading.Timer(seconds, _cut, (lines,))
    end.daemon = True
    end.start()
    try:
        yield
    finally:
        end.cancel()


def _cut(lines: list[Any]) -> None:
    for line in lines:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def _record(message: HookMessage, status: int, trouble: str) -> None:
    message.lease_until = None
    message.status = status
    message.trouble = trouble
    hook = message.hook
    if not trouble:
        MESSAGE.move(message, "deliver", by=DELIVERY)
        hook.failures = 0
        return
    hook.failures += 1
    if status == 410:  # the other side says: no more
        hook.active = False
    if message.tries >= MOST_TRIES or not hook.active:
        MESSAGE.move(message, "fail", by=DELIVERY)
        return
    wait = min(6 * 3600, 15 * 2**message.tries)
    message.due_at = now() + timedelta(seconds=wait + secrets.randbelow(wait))


def sweep(limit: int = 200) -> None:
    """Enqueue what waits and is due.

    Of an address that fails again and again only one message is tried at a time.
    """
    free = or_(HookMessage.lease_until.is_(None), HookMessage.lease_until < now())
    query = (
        select(HookMessage)
        .where(HookMessage.state == MessageState.WAITING, HookMessage.due_at <= now(), free)
        .order_by(HookMessage.due_at)
        .limit(limit)
    )
    troubled: set[int] = set()
    for message in db.session.execute(query).unique().scalars():
        if message.hook.failures >= 3 and message.hook_id in troubled:
            continue
        troubled.add(message.hook_id)
        queue.enqueue_after_commit("hook", message.id)


def hook_of(organisation_id: int) -> Hook | None:
    """The webhook of an organisation."""
    query = select(Hook).where(Hook.organisation_id == organisation_id)
    return db.session.execute(query).scalar_one_or_none()


def messages(hook: Hook, after: str = "") -> paging.Page:
    """What was sent there, newest first."""
    query = select(HookMessage).where(HookMessage.hook_id == hook.id)
    return paging.counted(query.order_by(HookMessage.id.desc()), after)


def again(hook: Hook, message_id: int) -> None:
    """Send a message once more, with the same id."""
    message = db.session.get(HookMessage, message_id)
    if message is None or message.hook_id != hook.id:
        raise RuleBroken(_("There is no such message."))
    MESSAGE.move(message, "repeat", by=DELIVERY)
    message.tries = 0
    message.due_at = now()
    message.lease_until = None
    queue.enqueue_after_commit("hook", message.id)
