"""Messages by email: plain text and HTML, through the SMTP server of the environment."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import policy
from email.headerregistry import Address
from threading import Timer

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow_mirror.errors import as_fact
from workflow_mirror.network_errors import BrokenError, reason_of
from workflow_mirror.notifications.errors import (
    MailFeatureError,
    MailLogInError,
    MailRefusedError,
    MailServerError,
    NoMailServerError,
)
from workflow_mirror.notifications.messages import PRODUCT, Line, Message
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.notifications.words import clock
from workflow_mirror.outgoing import connections
from workflow_mirror.smtp_url import SmtpServer

SECONDS_OF_A_STEP = 10.0
SECONDS = 45.0
"""For the message, once the session is open, which takes up to six steps."""
PERMANENT = 500


def send(delivery: NotificationDelivery, message: Message) -> None:
    """Returns once the server has accepted the message. Raises SendingError."""
    server = _server()
    made = build(delivery, message).message(policy=policy.SMTP)
    with _our_errors(), _session(server) as session:
        session.send_message(made)


def try_log_in() -> None:
    """Connect and log in as for a message, and send none. Raises SendingError."""
    server = _server()
    with _our_errors(), _session(server) as session:
        session.ehlo_or_helo_if_needed()


def _server() -> SmtpServer:
    server: SmtpServer | None = settings.ZWM_SMTP
    if server is None or not settings.ZWM_MAIL_FROM:
        raise NoMailServerError
    return server


@contextmanager
def _our_errors() -> Iterator[None]:
    """Raises SendingError for errors of smtplib and the network."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        [(status, _text)] = error.recipients.values()
        raise _refusal(status) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code) from error
    except smtplib.SMTPAuthenticationError as error:
        raise MailServerError(reason=as_fact(MailLogInError(status=error.smtp_code))) from error
    except smtplib.SMTPResponseException as error:
        raise MailServerError(reason=f"SMTP {error.smtp_code}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailServerError(reason=as_fact(MailFeatureError())) from error
    except OSError as error:  # those of smtplib are such, too
        reason = reason_of(error) or as_fact(BrokenError())
        raise MailServerError(reason=reason) from error


@contextmanager
def _session(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """An open session, for SECONDS at most."""
    session = _open(server)
    deadline = Timer(SECONDS, lambda: connections.cut(session.sock))
    deadline.daemon = True
    deadline.start()
    try:
        yield session
        # Accepted: whatever the server says to the farewell, the message must not be sent again.
        with suppress(smtplib.SMTPException, OSError):
            session.quit()
    finally:
        deadline.cancel()
        session.close()


def build(delivery: NotificationDelivery, message: Message) -> EmailMultiAlternatives:
    """The same Message-ID in each attempt, by which a receiver knows a second copy."""
    rule = delivery.rule
    domain = Address(addr_spec=settings.ZWM_MAIL_FROM).domain
    headers = {
        "Message-ID": f"<{delivery.key}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "X-ZWM-Delivery": str(delivery.key),
    }
    if message.off_url:
        headers["List-Unsubscribe"] = f"<{message.off_url}>"
    sender = str(Address(PRODUCT, addr_spec=settings.ZWM_MAIL_FROM))
    mail = EmailMultiAlternatives(
        message.subject, _plain(rule, message), sender, [rule.mail_to], headers=headers
    )
    mail.attach_alternative(_html(rule, message), "text/html")
    return mail


def _open(server: SmtpServer) -> smtplib.SMTP:
    """Connected, encrypted and logged in, as the URL wants it."""
    context = ssl.create_default_context()
    where = {"host": server.host, "port": server.port, "timeout": SECONDS_OF_A_STEP}
    if server.security == "tls":
        session: smtplib.SMTP = smtplib.SMTP_SSL(**where, context=context)  # type: ignore[arg-type]  # as named
    else:
        session = smtplib.SMTP(**where)  # type: ignore[arg-type]  # as named
    try:
        if server.security == "starttls":
            session.starttls(context=context)
        if server.user:
            session.login(server.user, server.password)
    except BaseException:
        session.close()
        raise
    return session


def _refusal(status: int) -> MailRefusedError | MailServerError:
    if status >= PERMANENT:
        return MailRefusedError(status=status)
    return MailServerError(reason=f"SMTP {status}")


def _plain(rule: NotificationRule, message: Message) -> str:
    parts = ["\n".join(_texts_of(rule, line)) for line in message.lines]
    if message.more:
        parts.append(_more(message))
    return "\n\n".join([*parts, "-- \n" + "\n".join(filter(None, _footer(rule, message)))]) + "\n"


def _texts_of(rule: NotificationRule, line: Line) -> list[str]:
    head = "  ".join(filter(None, (clock(line.at, rule.zone), line.about)))
    return [head, *(f"  {text}" for text in (_told(line), line.url) if text)]


def _told(line: Line) -> str:
    if not line.by:
        return line.text
    return _("%(text)s; by %(name)s") % {"text": line.text, "name": line.by}


def _footer(rule: NotificationRule, message: Message) -> list[str]:
    footer = [
        _("Rule: %(name)s") % {"name": message.rule},
        _("Times: %(zone)s") % {"zone": rule.timezone},
    ]
    if message.rule_url:
        footer += [
            _("Change it: %(url)s") % {"url": message.rule_url},
            _("Turn it off: %(url)s") % {"url": message.off_url},
        ]
    return footer


def _more(message: Message) -> str:
    text = ngettext("And %(number)d more event.", "And %(number)d more events.", message.more)
    return text % {"number": message.more}


def _html(rule: NotificationRule, message: Message) -> str:
    rows = [
        {"line": line, "at": clock(line.at, rule.zone), "text": _told(line)}
        for line in message.lines
    ]
    more = _more(message) if message.more else ""
    context = {"message": message, "rows": rows, "more": more, "zone": rule.timezone}
    return render_to_string("notifications/mail.html", context)
