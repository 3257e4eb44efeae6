"""Nothing waits for Zuora inside of a database transaction, which would hold its locks."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from workflow_mirror.customers.access import check_credentials
from workflow_mirror.customers.models import Customer
from workflow_mirror.customers.registry import save_customer
from workflow_mirror.fake_zuora import Server, Tenant
from workflow_mirror.sync.first_sync import add_customer
from workflow_mirror.sync.service import WorkflowSyncService

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def in_transaction(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Of each request to Zuora, whether its thread was in a transaction."""
    seen: list[bool] = []
    send = httpx2.Client.send

    def watched(self: Any, *arguments: Any, **options: Any) -> Any:
        seen.append(connection.in_atomic_block)
        return send(self, *arguments, **options)

    monkeypatch.setattr(httpx2.Client, "send", watched)
    yield seen
    assert seen, "Zuora was not asked"


@pytest.fixture
def browser() -> Client:
    browser = Client()
    browser.force_login(
        User.objects.create_superuser("root"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return browser


def typed(tenant: Tenant, server: Server, **other: str) -> dict[str, str]:
    return {
        "name": "Verdi",
        "zuora_base_url": server.base_url,
        "zuora_client_id": tenant.client_id,
        "new_secret": tenant.client_secret,
        "is_active": "on",
        **other,
    }


def test_a_request_inside_of_a_transaction_is_seen(
    in_transaction: list[bool], customer: Customer
) -> None:
    with transaction.atomic():
        check_credentials(customer)
    assert set(in_transaction) == {True}


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_adding_and_changing_a_customer_on_a_page(
    in_transaction: list[bool], browser: Client, tenant: Tenant, server: Server, secret: str
) -> None:
    wrong = {"new_secret": secret} if secret else {}
    browser.post(reverse("admin:customers_customer_add"), typed(tenant, server, **wrong))
    assert Customer.objects.exists() == (not secret)
    customer = save_customer_of(tenant, server)
    edit = reverse("admin:customers_customer_edit", args=(customer.pk,))
    browser.post(edit, typed(tenant, server, **wrong))
    assert True not in in_transaction


def save_customer_of(tenant: Tenant, server: Server) -> Customer:
    customer = Customer.objects.filter(name="Verdi").first() or Customer(name="Verdi")
    customer.zuora_base_url, customer.zuora_client_id = server.base_url, tenant.client_id
    customer.zuora_client_secret = tenant.client_secret
    save_customer(customer)
    return customer


def test_checking_credentials_on_a_page(
    in_transaction: list[bool], browser: Client, customer: Customer
) -> None:
    browser.post(reverse("admin:customers_customer_try_credentials", args=(customer.pk,)))
    assert True not in in_transaction


COMMANDS: dict[str, Callable[[Customer], object]] = {
    "customers add": lambda customer: add_customer(customer, requested_by="command line"),
    "customers update": save_customer,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_adding_and_changing_a_customer_by_a_command(
    in_transaction: list[bool], tenant: Tenant, server: Server, command: str
) -> None:
    customer = Customer(
        name="Verdi",
        zuora_base_url=server.base_url,
        zuora_client_id=tenant.client_id,
        zuora_client_secret=tenant.client_secret,
    )
    COMMANDS[command](customer)
    assert Customer.objects.exists()
    assert True not in in_transaction


def test_a_sync(in_transaction: list[bool], tenant: Tenant, customer: Customer) -> None:
    tenant.generate(3)
    WorkflowSyncService().sync_customer_workflows(customer)
    assert True not in in_transaction
