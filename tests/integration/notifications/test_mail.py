"""Messages by email, through a real SMTP server."""

from email.message import EmailMessage

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from workflow_mirror.access.models import UserAccess
from workflow_mirror.customers.models import Customer
from workflow_mirror.notifications.delivering import MOST_ATTEMPTS
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.notifications.resending import resend
from workflow_mirror.notifications.rules import send_test
from workflow_mirror.smtp_url import SmtpServer

from .conftest import Kind, Mailbox, MakeRule, change, delivery, in_time, make_customer, run

BASE = "https://mirror.example.com"
PLANTED = "Dunning\r\nBcc: evil@example.com\x1b[2J\u202e<script>alert(1)</script>"


def parts(mail: EmailMessage) -> tuple[str, str]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


TOLD = ("Rossi · Dunning", "Deactivated", "billing@example.com", "Times: UTC")


def test_a_change_is_told_with_its_sentence_and_a_link(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer, settings: Settings
) -> None:
    settings.ZWM_BASE_URL = BASE
    rule = make_rule(Kind.DEACTIVATED)
    change(rossi)
    assert run() == ["delivered"]
    [mail] = mailbox.mails
    assert mail["To"] == "ada@example.com"
    assert mail["From"] == "Zuora Workflow Mirror <mirror@example.com>"
    assert mail["Subject"] == "[Zuora Workflow Mirror] Rossi · Dunning: Deactivated"
    assert mail["Message-ID"] == f"<{delivery().key}@example.com>"
    page = f"{BASE}/admin/notifications/notificationrule/{rule.pk}"
    assert mail["List-Unsubscribe"].strip() == f"<{page}/turn_off/>"
    for text in parts(mail):
        for wanted in (*TOLD, BASE, page):
            assert wanted in text
        assert "very-secret" not in text


def test_without_a_base_url_there_are_no_links(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule(Kind.DEACTIVATED)
    change(rossi)
    run()
    [mail] = mailbox.mails
    assert "http" not in "".join(parts(mail))
    assert mail["List-Unsubscribe"] is None


def test_the_message_is_in_the_language_of_the_owner(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer, ada: User
) -> None:
    UserAccess.objects.filter(user=ada).update(language="it")
    make_rule(Kind.DEACTIVATED)
    change(rossi)
    run()
    [mail] = mailbox.mails
    assert "Disattivato" in mail["Subject"]
    assert "Regola: My rule" in parts(mail)[0]


def test_a_name_from_zuora_adds_no_header_and_no_markup(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule(Kind.DEACTIVATED, name=PLANTED[:90])
    change(rossi, name=PLANTED)
    assert run() == ["delivered"]
    [mail] = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("[Zuora Workflow Mirror] Rossi · Dunning Bcc: evil")
    plain, html = parts(mail)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    for text in (plain, html, mail["Subject"]):
        assert not {"\x1b", "\u202e", "\r"} & set(text.replace("\r\n", "\n"))


def test_events_of_one_moment_are_one_message_that_stays_small(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule(Kind.CREATED)
    for _ in range(60):
        change(rossi, Kind.CREATED, "x" * 5_000)
    assert run() == ["delivered"]
    [mail] = mailbox.mails
    assert mail["Subject"] == "[Zuora Workflow Mirror] My rule: 60 events"
    plain, _html = parts(mail)
    assert "And 10 more events." in plain
    assert len(plain) < 50_000


def test_a_server_that_is_away_is_tried_again_with_the_same_message_id(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer, settings: Settings
) -> None:
    rule = make_rule(Kind.DEACTIVATED)
    change(rossi)
    settings.ZWM_SMTP = SmtpServer("127.0.0.1", 1, "none")
    assert run() == ["waiting"]
    rule.refresh_from_db()
    assert rule.error == "Mail server error: Connection refused"
    settings.ZWM_SMTP = SmtpServer("127.0.0.1", mailbox.port, "none")
    mailbox.answers.append("451 later")
    assert run() == []  # not due yet
    in_time()
    assert run() == ["waiting"]
    assert delivery().error.endswith("SMTP 451")
    in_time()
    assert run() == ["delivered"]
    assert [mail["Message-ID"] for mail in mailbox.mails] == [f"<{delivery().key}@example.com>"]
    rule.refresh_from_db()
    assert (rule.error, delivery().error, delivery().attempts) == ("", "", 3)


def test_no_mail_server_is_an_error_of_the_rule_and_nothing_is_lost(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer, settings: Settings
) -> None:
    server, settings.ZWM_SMTP = settings.ZWM_SMTP, None
    rule = make_rule(Kind.DEACTIVATED)
    change(rossi)
    assert run() == ["waiting"]
    rule.refresh_from_db()
    assert "ZWM_SMTP_URL" in rule.error
    settings.ZWM_SMTP = server
    in_time()
    assert run() == ["delivered"]


def test_a_refused_recipient_fails_at_once_and_can_be_sent_again(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    mailbox.refused.add("ada@example.com")
    rule = make_rule(Kind.DEACTIVATED)
    change(rossi)
    assert run() == ["failed"]
    rule.refresh_from_db()
    assert rule.error == "The mail server refused the message: SMTP 550"
    assert run() == []
    mailbox.refused.clear()
    resend(delivery())
    assert run() == ["delivered"]
    assert len(mailbox.mails) == 1


def test_a_server_that_stays_away_is_given_up(
    make_rule: MakeRule, rossi: Customer, settings: Settings
) -> None:
    settings.ZWM_SMTP = SmtpServer("127.0.0.1", 1, "none")
    settings.ZWM_MAIL_FROM = "mirror@example.com"
    make_rule(Kind.DEACTIVATED)
    change(rossi)
    states = []
    for _ in range(MOST_ATTEMPTS):
        states += run()
        in_time()
    assert states == ["waiting"] * (MOST_ATTEMPTS - 1) + ["failed"]


def test_an_answer_to_the_farewell_does_not_make_it_send_again(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handle_quit(*_arguments: object) -> str:
        return "554 go away"

    monkeypatch.setattr(Mailbox, "handle_QUIT", handle_quit, raising=False)
    make_rule(Kind.DEACTIVATED)
    change(rossi)
    assert run() == ["delivered"]


def test_a_test_message_is_sent_once_and_says_how_it_went(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    mailbox.answers.append("451 later")
    rule = make_rule(Kind.DEACTIVATED)
    first = send_test(rule)
    assert (first.state, first.error[-8:]) == ("failed", "SMTP 451")
    assert send_test(rule).state == "delivered"
    [mail] = mailbox.mails
    assert "This is a test message." in parts(mail)[0]


def test_a_customer_that_is_deleted_takes_its_events_along(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule(Kind.DEACTIVATED, only=[rossi])
    change(rossi)
    mailbox.answers.append("451 later")
    assert run() == ["waiting"]
    rossi.delete()
    in_time()
    assert run() == ["cancelled"]
    assert mailbox.mails == []
    assert "may not see" in delivery().error
    rule = NotificationRule.objects.get()
    assert list(rule.customers.all()) == []
    change(make_customer("Bianchi"))
    assert run() == []
    assert NotificationDelivery.objects.count() == 1
