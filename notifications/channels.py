"""How a notice travels: by mail, by SMS.

A mail holds an event in words, a reference and a link; what it is about is read after signing in.
Its subject and a whole SMS, which a locked phone shows, hold the product's neutral name alone.
"""

import smtplib
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from encryption.signing import keyed_digest
from loading import later
from models.messages import Message
from models.sealed import keyring
from standards.lists import EVENTS_TOLD, label
from web.links import path_of_ours
from web.product import product

if TYPE_CHECKING:
    import urllib3
else:
    urllib3 = later("urllib3")

# Event → what makes the address of its mail while it is written: a secret that stands in no row, no
# queue and no log. The package that knows the secret adds it.
SECRET_PATHS: dict[str, Callable[[Message], str]] = {}
# Event → to which address its mail goes, where that is not the person's own of now.
ADDRESSES: dict[str, Callable[[Message], str]] = {}
PAUSE = 30.0  # seconds in which a mail server that did not answer is not asked again
# An open line to the mail server is used again for so many seconds, and for so many mails.
KEPT = 20.0
MOST = 100


class Away(OSError):
    """The server did not answer a moment ago; this message was not tried."""


def compose(message: Message, more: Sequence[Message] = ()) -> EmailMessage:
    """The mail for a notice (and what goes with it in one mail a day), in the language of who gets
    it. Its id stays the same however often it is sent.
    """
    settings = current_app.config
    with force_locale(message.user.locale):
        mail = EmailMessage()
        # The subject stands on the lock screen of whoever is robbed of their phone.
        mail["Subject"] = product().name
        notices = "".join(_as_text(each) for each in (message, *more))
        end = _("Sign in to read it. This message holds nothing about the person.")
        if message.event in SECRET_PATHS:
            end = _("Whoever has this link can use it. Give it to nobody.")
        mail.set_content(f"{end}\n\n{notices}")  # a list of mails shows the first line
    mail["From"] = formataddr((product().name, settings["MAIL_FROM"]))
    elsewhere = ADDRESSES.get(message.event)
    mail["To"] = elsewhere(message) if elsewhere else message.user.email
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{name_of(message)}@{settings['MAIL_FROM'].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def name_of(message: Message) -> str:
    """How a message is called outside, each time that it is tried; its number would tell how many
    others were sent between two of somebody's own.
    """
    key = keyring().derive("notices/names")
    return f"notice-{keyed_digest(key, str(message.id).encode()).hex()[:24]}"


def _as_text(message: Message) -> str:
    event = label(EVENTS_TOLD, message.event)
    secret = SECRET_PATHS.get(message.event)
    address = current_app.config["BASE_URL"] + (
        secret(message) if secret else path_of_ours(message.path)
    )
    return f"{event}.\n\n{message.reference}\n{address}\n\n"


def send(mail: EmailMessage) -> None:
    """Send by SMTP, or into a folder where the demo has no server.

    Raises ``OSError`` or ``smtplib.SMTPException``.
    """
    folder: Path | None = current_app.config["MAIL_FOLDER"]
    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / (mail["Message-ID"].strip("<>").partition("@")[0] + ".eml")).write_bytes(
            bytes(mail)
        )
        return
    _line.send(mail)


def _let_in() -> smtplib.SMTP:
    """A line to the mail server, as far as it lets us in."""
    settings = current_app.config["SETTINGS"]
    where = (settings.smtp_host, settings.smtp_port)
    server = smtplib.SMTP(*where, timeout=settings.outside_seconds)
    if settings.smtp_tls:
        server.starttls(context=ssl.create_default_context())
    if settings.smtp_user:
        server.login(settings.smtp_user, settings.smtp_password)
    return server


def knock() -> None:
    """Ask whether the mail server would take mail of ours; nothing is sent.

    Raises ``OSError`` or ``smtplib.SMTPException``.
    """
    _let_in().quit()


class Line(threading.local):
    """An open line to the mail server, one for each thread.

    A server that does not answer is left alone for a while, so that it holds up nothing else.
    """

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None
        self._where: tuple[str, int] = ("", 0)
        self._opened = 0.0
        self._away_until = 0.0
        self._sent = 0

    def send(self, mail: EmailMessage) -> None:
        """Send over the open line, or a new one where the old one was cut."""
        settings = current_app.config["SETTINGS"]
        where = (settings.smtp_host, settings.smtp_port)
        if where == self._where and time.monotonic() < self._away_until:
            raise Away
        fresh = (
            self._server is None
            or where != self._where
            or self._sent >= MOST
            or time.monotonic() - self._opened > KEPT
        )
        if not fresh:
            try:
                self._hand_over(mail)
            except smtplib.SMTPServerDisconnected:  # it closed the line between two mails
                pass
            else:
                return
        self._open(where)
        self._hand_over(mail)

    def _hand_over(self, mail: EmailMessage) -> None:
        assert self._server is not None
        try:
            self._server.send_message(mail)
        except (OSError, smtplib.SMTPException):
            self.close()
            raise
        self._sent += 1

    def _open(self, where: tuple[str, int]) -> None:
        self.close()
        self._where = where
        try:
            server = _let_in()
        except (OSError, smtplib.SMTPException):
            self._away_until = time.monotonic() + PAUSE
            raise
        self._server = server
        self._opened = time.monotonic()
        self._sent = 0
        self._away_until = 0.0

    def close(self) -> None:
        """Hang up."""
        if self._server is not None:
            self._server.close()
        self._server = None


_line = Line()


def hang_up() -> None:
    """Close this thread's line, and forget that a server was away."""
    _line.close()
    _line._away_until = 0.0  # noqa: SLF001 -- its own module


def send_sms(message: Message) -> None:
    """Hand a short message to the gateway:

    ``{"to", "text", "id"}`` as JSON, with its token. Raises ``OSError`` where it is not taken.
    """
    settings = current_app.config["SETTINGS"]
    if message.user.phone_sealed is None or not settings.sms_url:
        raise OSError("no gateway or no number")
    with force_locale(message.user.locale):
        # All of it stands on a lock screen: what it is about is read after signing in.
        news = _("Something urgent waits for you.") if message.urgent else _("There is news.")
        text = f"{product().name}: {news}"
    number = message.user.phone
    headers = {
        "Authorization": f"Bearer {settings.sms_token}",
        "Idempotency-Key": name_of(message),
    }
    timeout = urllib3.Timeout(connect=settings.outside_seconds, read=settings.outside_seconds)
    try:
        answer = _gateway().request(
            "POST",
            settings.sms_url,
            json={"to": number, "text": text, "id": name_of(message)},
            headers=headers,
            timeout=timeout,
            redirect=False,
        )
    except urllib3.exceptions.HTTPError as wrong:
        raise OSError(type(wrong).__name__) from None
    if not 200 <= answer.status < 300:
        raise OSError(f"status {answer.status}")


@lru_cache
def _gateway() -> "urllib3.PoolManager":
    """Connections to the gateway, kept open between messages."""
    return urllib3.PoolManager(retries=False)
