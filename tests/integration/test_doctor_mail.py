"""zwm doctor and the mail server, a real one: it is entered, and gets no message."""

import socket

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from tests.integration.notifications.conftest import Mailbox, mailbox
from workflow_mirror.doctor.findings import Finding, State
from workflow_mirror.doctor.mail import mail
from workflow_mirror.notifications.models import NotificationRule
from workflow_mirror.smtp_url import SmtpServer

__all__ = ("mailbox",)

pytestmark = pytest.mark.django_db


def found() -> Finding:
    [finding] = mail()
    return finding


def test_a_server_that_answers_is_ok_and_gets_no_message(mailbox: Mailbox) -> None:
    finding = found()
    assert (finding.state, finding.text) == (State.OK, f"127.0.0.1:{mailbox.port} answers")
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("security", "user", "text"),
    [
        ("starttls", "", "the server does not support STARTTLS or this way to log in"),
        ("none", "ada", "the server does not support STARTTLS or this way to log in"),
        ("tls", "", "the TLS handshake failed"),
    ],
)
def test_a_server_that_does_not_do_what_the_url_asks_for_is_told(
    mailbox: Mailbox, settings: Settings, security: str, user: str, text: str
) -> None:
    settings.ZWM_SMTP = SmtpServer("127.0.0.1", mailbox.port, security, user, "hidden")
    finding = found()
    assert finding.state == State.FAILED
    assert finding.text == f"127.0.0.1:{mailbox.port}: Mail server error: {text}"
    assert "ZWM_SMTP_URL" in finding.todo


def test_a_rejected_password_is_told_without_it(settings: Settings) -> None:
    """As a server tells it that knows the user no more."""
    from aiosmtpd.smtp import AuthResult

    from tests.integration.notifications.conftest import OnAnyPort

    box = Mailbox()
    controller = OnAnyPort(
        box, hostname="127.0.0.1", port=0, auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=False, handled=False),
    )  # fmt: skip
    controller.start()
    settings.ZWM_SMTP = SmtpServer("127.0.0.1", controller.port, "none", "ada", "hidden")
    settings.ZWM_MAIL_FROM = "mirror@example.com"
    finding = found()
    controller.stop()
    assert finding.state == State.FAILED
    assert "user name or password rejected (SMTP 535)" in finding.text
    assert "hidden" not in finding.text


def test_nobody_listens(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    settings.ZWM_SMTP = SmtpServer("127.0.0.1", port, "none")
    settings.ZWM_MAIL_FROM = "mirror@example.com"
    assert found().text == f"127.0.0.1:{port}: Mail server error: Connection refused"


def test_without_a_server_only_rules_that_send_email_are_a_fault() -> None:
    assert found().state == State.OK
    NotificationRule.objects.create(
        owner=User.objects.create(username="ada"), name="r", events=["deleted"], mail_to="a@b.it"
    )
    assert (found().state, "1 notification rules" in found().text) == (State.FAILED, True)
