"""Rules, a real SMTP server and a real receiver of webhooks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.contrib.auth.models import Group, User
from django.utils import timezone
from pytest_django import Settings

from tests.receiver import Receiver, running_receiver
from workflow_mirror.access.groups import ADMINISTRATORS
from workflow_mirror.access.models import UserAccess
from workflow_mirror.customers.models import Customer
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.notifications import webhook
from workflow_mirror.notifications.delivering import deliver, due
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.notifications.packing import pack_all
from workflow_mirror.notifications.sorting import sort_all
from workflow_mirror.smtp_url import SmtpServer
from workflow_mirror.workflows.models import Workflow

SECRET = webhook.new_secret()
Kind = WorkflowChange.Kind


@dataclass
class Mailbox:
    """What the SMTP server has accepted. `answers` are given to the next messages first."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    before_answer: Callable[[], None] = lambda: None

    async def handle_RCPT(self, *given: Any) -> str:  # noqa: N802 - aiosmtpd's name
        _server, _session, envelope, address, _options = given
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *given: Any) -> str:  # noqa: N802 - aiosmtpd's name
        _server, _session, envelope = given
        if self.answers:
            return self.answers.pop(0)
        self.mails.append(BytesParser(policy=default).parsebytes(envelope.content))
        self.before_answer()
        return "250 OK"


class OnAnyPort(Controller):
    """aiosmtpd's own connects to the port that it was given, and so to 0."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd has few types


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    box = Mailbox()
    controller = OnAnyPort(box, hostname="127.0.0.1", port=0)
    controller.start()
    box.port = controller.port
    settings.ZWM_SMTP = SmtpServer("127.0.0.1", box.port, "none")
    settings.ZWM_MAIL_FROM = "mirror@example.com"
    yield box
    controller.stop()


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.ZWM_WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    with running_receiver() as receiver:
        yield receiver


type MakeRule = Callable[..., NotificationRule]


def make_user(name: str, *groups: str, only: list[Customer] | None = None) -> User:
    user = User.objects.create_user(name, email=f"{name}@example.com", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    access = UserAccess.objects.create(user=user, all_customers=only is None)
    access.customers.set(only or [])
    return user


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_user("ada", ADMINISTRATORS)


@pytest.fixture
def make_rule(ada: User) -> MakeRule:
    def make(*events: str, only: list[Customer] | None = None, **columns: Any) -> NotificationRule:
        values: dict[str, Any] = {"owner": ada, "name": "My rule", "mail_to": "ada@example.com"}
        values |= {"all_customers": only is None, "events": list(events)}
        rule = NotificationRule.objects.create(**values | columns)
        rule.customers.set(only or [])
        return rule

    return make


@pytest.fixture
def hook(make_rule: MakeRule, receiver: Receiver) -> Callable[..., NotificationRule]:
    def make(*events: str, **columns: Any) -> NotificationRule:
        values = {"channel": "webhook", "webhook_url": receiver.url, "webhook_secret": SECRET}
        return make_rule(*events, **values | columns)

    return make


def make_customer(name: str = "Rossi") -> Customer:
    return Customer.objects.create(
        name=name,
        zuora_base_url="https://rest.zuora.com",
        zuora_client_id="id",
        zuora_client_secret="very-secret",
    )


@pytest.fixture
def rossi(transactional_db: None) -> Customer:
    return make_customer()


def change(customer: Customer, kind: str = Kind.DEACTIVATED, name: str = "Dunning") -> None:
    """A sync sees the change of a workflow."""
    workflow, _ = Workflow.objects.get_or_create(customer=customer, zuora_id="7", name=name)
    WorkflowChange.objects.create(
        customer=customer,
        workflow=workflow,
        workflow_zuora_id="7",
        seen_at=timezone.now(),
        kind=kind,
        changed_by="billing@example.com",
    )


def run() -> list[str]:
    """What a worker does: the states of the messages that were due."""
    sort_all()
    pack_all(timezone.now())
    pks = list(due(timezone.now()).order_by("pk").values_list("pk", flat=True))
    return [deliver(pk) for pk in pks]


def in_time() -> None:
    """The next attempt of each waiting message is due."""
    NotificationDelivery.objects.filter(state="waiting").update(due_at=timezone.now())


def delivery() -> NotificationDelivery:
    return NotificationDelivery.objects.get()
