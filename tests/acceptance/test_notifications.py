"""Notifications by real processes: within a minute, once, also when a worker is killed."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from email.parser import BytesParser
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from tests.acceptance.processes import Mirror, end, eventually, free_port
from tests.acceptance.queueing import QUICK, Queue
from workflow_mirror.fake_zuora import FakeZuora, Tenant

if TYPE_CHECKING:
    from email.message import EmailMessage

type AddCustomer = Callable[..., Tenant]

MAKE_OWNER = """
INSERT INTO auth_user (username, password, email, is_superuser, is_staff, is_active, first_name,
    last_name, date_joined)
VALUES (%s, '', 'ada@example.com', true, true, true, '', '', now()) RETURNING id
"""
MAKE_RULE = """
INSERT INTO notification_rules (owner_id, name, events, stale_hours, all_customers, channel,
    mail_to, webhook_url, webhook_secret, frequency, digest_time, digest_weekday, timezone,
    is_enabled, error, created_at, updated_at)
VALUES (%s, 'My rule', %s, 24, true, 'mail', 'ada@example.com', '', '', 'at_once', '08:00', 1,
    'UTC', true, '', now(), now()) RETURNING id
"""
STATES = "SELECT string_agg(state, ',' ORDER BY id) FROM notification_deliveries"
# As if the time after which an attempt counts as lost were over.
PASS_TIME = "UPDATE notification_deliveries SET due_at = now() WHERE state = 'waiting' RETURNING 1"


class Mailbox:
    """An SMTP server. While `holds` is set, it answers a message only after `released`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[EmailMessage] = []
        self.holds = False
        self.released = threading.Event()

    async def handle_DATA(self, *given: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(BytesParser(policy=default).parsebytes(given[2].content))
        if self.holds:
            await asyncio.to_thread(self.released.wait, 60)
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    box.released.set()
    controller.stop()


@pytest.fixture
def environ(mailbox: Mailbox) -> dict[str, Any]:
    return {
        **QUICK,
        "ZWM_SMTP_URL": f"smtp+plain://127.0.0.1:{mailbox.port}",
        "ZWM_MAIL_FROM": "mirror@example.com",
        "ZWM_BASE_URL": "https://mirror.example.com",
    }


@pytest.fixture
def rule(
    mirror: Mirror, queue: Queue, request: pytest.FixtureRequest
) -> Iterator[Callable[..., int]]:
    def make(*events: str) -> int:
        owner = mirror.ask(MAKE_OWNER, f"ada {request.node.name}"[:150])
        return int(mirror.ask(MAKE_RULE, owner, list(events)))

    yield make
    for table in ("items", "alarms", "deliveries", "events", "rules"):
        mirror.ask(f"WITH gone AS (DELETE FROM notification_{table}) SELECT 1")  # noqa: S608 - our own tables


def test_a_change_is_mailed_once_by_a_worker_and_the_commands_tell_of_it(
    mirror: Mirror,
    queue: Queue,
    customer: AddCustomer,
    mailbox: Mailbox,
    environ: dict[str, Any],
    rule: Callable[..., int],
) -> None:
    number = rule("created")
    tenant = customer(3)
    queue.worker(**environ)
    queue.request(tenant)
    eventually(lambda: mirror.ask(STATES) == "delivered")
    [mail] = mailbox.mails
    assert mail["Subject"] == "[Zuora Workflow Mirror] My rule: 3 events"
    [listed] = mirror.json("notify", "list")["rules"]
    assert (listed["id"], listed["events"], listed["error"]) == (number, ["created"], None)
    [sent] = mirror.json("notify", "deliveries", "--rule", str(number))["deliveries"]
    assert (sent["state"], sent["events"], sent["attempts"]) == ("delivered", 3, 1)
    assert mirror.json("notify", "deliveries", "--state", "failed") == {"deliveries": []}
    tried = mirror.json("notify", "test", str(number), environ=environ)["delivery"]
    assert (tried["state"], tried["test"]) == ("delivered", True)
    assert "ZWM_SMTP_URL" in mirror.refused("notify", "test", str(number))
    assert "no notification rule 999999" in mirror.refused("notify", "test", "999999")
    assert mirror.json("notify", "resend", str(sent["id"])) == {"queued": sent["id"]}
    eventually(lambda: len(mailbox.mails) == 3)
    assert "no delivery 999999" in mirror.refused("notify", "resend", "999999")


def test_a_worker_that_is_killed_before_the_answer_loses_nothing_and_doubles_under_one_id(
    mirror: Mirror,
    queue: Queue,
    customer: AddCustomer,
    mailbox: Mailbox,
    environ: dict[str, Any],
    rule: Callable[..., int],
) -> None:
    """The server has the message, and the worker does not know: the one gap that there is."""
    rule("created")
    tenant = customer(1)
    mailbox.holds = True
    killed = queue.worker(**environ)
    queue.request(tenant)
    eventually(lambda: mailbox.mails)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert mirror.ask(STATES) == "waiting"
    mailbox.holds = False
    mailbox.released.set()
    queue.worker(**environ)
    mirror.ask(PASS_TIME)
    eventually(lambda: mirror.ask(STATES) == "delivered")
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1
    assert len(mailbox.mails) == 2
    assert mirror.ask("SELECT count(*) FROM notification_items") == 1


def test_workers_that_are_killed_again_and_again_tell_each_event_once(
    mirror: Mirror,
    queue: Queue,
    customer: AddCustomer,
    mailbox: Mailbox,
    environ: dict[str, Any],
    rule: Callable[..., int],
) -> None:
    rule("created")
    tenants = [customer(2) for _ in range(3)]
    for tenant in tenants:
        process = queue.worker(**environ)
        queue.request(tenant)
        eventually(lambda tenant=tenant: mirror.mirrored(tenant.name))  # type: ignore[misc]  # bound now
        process.send_signal(signal.SIGKILL)
        process.wait()
    queue.worker(**environ)

    def told() -> int:
        mirror.ask(PASS_TIME)
        return int(mirror.ask("SELECT coalesce(sum(number), 0) FROM notification_deliveries"
                              " WHERE state = 'delivered'"))  # fmt: skip

    eventually(lambda: told() == 6)
    assert mirror.ask("SELECT count(*) FROM notification_items") == 6
    by_id = {mail["Message-ID"]: mail.get_body(("plain",)) for mail in mailbox.mails}
    lines = "".join(body.get_content() for body in by_id.values() if body)
    assert [lines.count(f"  {tenant.name} · ") for tenant in tenants] == [2, 2, 2]


def test_cron_sends_what_its_syncs_have_changed(
    mirror: Mirror,
    queue: Queue,
    customer: AddCustomer,
    mailbox: Mailbox,
    environ: dict[str, Any],
    rule: Callable[..., int],
) -> None:
    rule("created")
    queue.request(customer(1))
    mirror.run("schedule", "run", environ=environ)
    assert mirror.ask(STATES) == "delivered"
    assert len(mailbox.mails) == 1


def test_the_web_process_sends_while_no_worker_is_running(
    mirror: Mirror,
    queue: Queue,
    zuora: FakeZuora,
    customer: AddCustomer,
    mailbox: Mailbox,
    environ: dict[str, Any],
    rule: Callable[..., int],
) -> None:
    rule("created")
    tenant = customer(1)
    web = mirror.start("web", "--port", "0", environ=environ)
    try:
        mirror.sync(tenant.name, environ=environ)
        eventually(lambda: mirror.ask(STATES) == "delivered", seconds=100)
    finally:
        end(web)
    assert len(mailbox.mails) == 1
