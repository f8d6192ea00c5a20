"""How a notice travels. A mail holds an event in words, a reference and a link; what it is about is read after signing in."""

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from models.messages import Message
from standards.lists import EVENTS_TOLD, label


def compose(message: Message, more: Sequence[Message] = ()) -> EmailMessage:
    """The mail for a notice (and what goes with it in one mail a day), in the language of who gets it. Its id stays the same however often it is sent."""
    settings = current_app.config
    with force_locale(message.user.locale):
        mail = EmailMessage()
        mail["Subject"] = _("Safeconduct: %(reference)s", reference=message.reference)
        told = [f"{label(EVENTS_TOLD, one.event)}.\n\n{one.reference}\n{settings['BASE_URL']}{one.path}\n\n" for one in (message, *more)]
        mail.set_content("".join(told) + _("Sign in to read it. This message holds nothing about the person.") + "\n")
    mail["From"], mail["To"] = settings["MAIL_FROM"], message.user.email
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<notice-{message.id}@{settings['MAIL_FROM'].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def send(mail: EmailMessage) -> None:
    """Send by SMTP, or into a folder where the demo has no server. Raises ``OSError`` or ``smtplib.SMTPException``."""
    folder: Path | None = current_app.config["MAIL_FOLDER"]
    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / (mail["Message-ID"].strip("<>").partition("@")[0] + ".eml")).write_bytes(bytes(mail))
        return
    settings = current_app.config["SETTINGS"]
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=10) as server:
        if settings.smtp_tls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(mail)
