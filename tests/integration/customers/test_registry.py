import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from pytest_django import Settings

from workflow_mirror.access.customers import active_customers, find_customer, find_customers
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.errors import (
    CustomerError,
    InvalidCustomerError,
    UnknownCustomerError,
)
from workflow_mirror.customers.models import Customer
from workflow_mirror.customers.registry import (
    belongings,
    examine,
    save_customer,
    store,
)
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant
from workflow_mirror.zuora.regions import HostPolicy


def new_customer(tenant: Tenant, server: Server, **changes: Any) -> Customer:
    columns = {
        "name": "Bianchi",
        "zuora_base_url": server.base_url,
        "zuora_client_id": tenant.client_id,
        "zuora_client_secret": tenant.client_secret,
    }
    return Customer(**columns | changes)


pytestmark = pytest.mark.django_db(transaction=True)


def test_good_credentials_are_saved(tenant: Tenant, server: Server) -> None:
    report = save_customer(new_customer(tenant, server))

    found = find_customer(EVERYTHING, "Bianchi")
    assert report.is_good
    assert found.access().client_secret == tenant.client_secret
    assert found.needs_attention == ""
    assert found.credentials_checked_at is not None


def test_refused_credentials_save_nothing(tenant: Tenant, server: Server) -> None:
    with pytest.raises(CustomerError, match=r"Bianchi was not saved\. Invalid cred") as raised:
        save_customer(new_customer(tenant, server, zuora_client_secret="s3cret"))

    assert not Customer.objects.exists()
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("option", [{"view_only": True}, {"workflow_access": False}])
def test_a_missing_permission_saves_nothing(
    tenant: Tenant, server: Server, option: dict[str, bool]
) -> None:
    tenant.generate(1, tasks=1)
    tenant.options.change(option)

    with pytest.raises(CustomerError, match="was not saved"):
        save_customer(new_customer(tenant, server))

    assert not Customer.objects.exists()


def test_a_zuora_that_cannot_be_reached_does_not_hinder_saving(
    tenant: Tenant, server: Server
) -> None:
    report = save_customer(new_customer(tenant, server, zuora_base_url="http://127.0.0.1:9"))

    assert not report.is_good
    assert "did not answer" in report.problem
    found = find_customer(EVERYTHING, "Bianchi")
    assert (found.needs_attention, found.credentials_checked_at) == ("", None)


def test_a_name_that_is_taken_is_refused_before_zuora_is_asked(
    fake: FakeZuora, customer: Customer, tenant: Tenant, server: Server
) -> None:
    with pytest.raises(CustomerError, match=r"There is a customer 'Rossi S\.p\.A\.' already"):
        save_customer(new_customer(tenant, server, name=f" {customer.name} "))

    assert len(fake.requests) == 0


def test_a_name_that_is_taken_meanwhile_is_refused_too(
    fake: FakeZuora, tenant: Tenant, server: Server
) -> None:
    fake.latency = 0.05
    outcomes = list[str]()

    def save() -> None:
        try:
            save_customer(new_customer(tenant, server))
            outcomes.append("saved")
        except CustomerError as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(outcomes) == ["There is a customer 'Bianchi' already", "saved"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"zuora_base_url": "https://evil.com"}, "evil.com is not a host of zuora.com"),
        ({"zuora_base_url": "https://rest.zuora.com/v1"}, "The base URL must end after the host"),
        ({"zuora_base_url": ""}, "zuora_base_url"),
        ({"name": ""}, "name: This field cannot be blank"),
        ({"name": "x" * 201}, "name: "),
        ({"name": "a\x01b"}, "name: No line breaks or other control characters"),
        ({"zuora_client_secret": ""}, "zuora_client_secret: This field cannot be blank"),
        ({"zuora_entity_id": "e\N{EN DASH}1"}, "zuora_entity_id: Only ASCII"),
        ({"zuora_entity_id": "e\r\nHost: evil"}, "zuora_entity_id: Only ASCII"),
        ({"zuora_org_ids": "o\n1"}, "zuora_org_ids: Only ASCII"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_one_line(
    fake: FakeZuora, tenant: Tenant, server: Server, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidCustomerError) as raised:
        save_customer(new_customer(tenant, server, **changes))

    assert message.removeprefix("zuora_base_url") in str(raised.value)
    assert str(raised.value).isprintable()
    assert not Customer.objects.exists()
    assert len(fake.requests) == 0


def test_pasted_blanks_are_taken_off(tenant: Tenant, server: Server) -> None:
    tenant.options.entities = ("e-1",)
    customer = new_customer(
        tenant,
        server,
        name=" Bianchi ",
        zuora_base_url=f" {server.base_url}/ ",
        zuora_client_id=f"{tenant.client_id} ",
        zuora_entity_id=" e-1 ",
    )

    assert save_customer(customer).is_good

    found = find_customer(EVERYTHING, "Bianchi")
    assert found.zuora_base_url == server.base_url
    assert (found.zuora_client_id, found.zuora_entity_id) == (tenant.client_id, "e-1")


def test_a_change_keeps_the_secret_when_none_is_given(customer: Customer, tenant: Tenant) -> None:
    found = find_customer(EVERYTHING, customer.name)
    found.name, found.environment = "Verdi", "sandbox"

    assert save_customer(found).is_good

    changed = find_customer(EVERYTHING, "Verdi")
    assert changed.access().client_secret == tenant.client_secret
    assert changed.environment == "sandbox"


def test_a_refused_new_secret_leaves_the_old_one_and_marks_nothing(
    customer: Customer, tenant: Tenant
) -> None:
    found = find_customer(EVERYTHING, customer.name)
    found.zuora_client_secret = "wrong"

    with pytest.raises(CustomerError, match="was not saved"):
        save_customer(found)

    kept = find_customer(EVERYTHING, customer.name)
    assert kept.access().client_secret == tenant.client_secret
    assert kept.needs_attention == ""


def test_a_new_base_url_is_tried_before_it_is_kept(customer: Customer, tenant: Tenant) -> None:
    found = find_customer(EVERYTHING, customer.name)
    found.zuora_client_id = "another"

    with pytest.raises(CustomerError, match="Invalid credentials"):
        save_customer(found)

    assert find_customer(EVERYTHING, customer.name).zuora_client_id == tenant.client_id


def test_a_customer_whose_credentials_were_revoked_can_still_be_switched_off(
    fake: FakeZuora, customer: Customer
) -> None:
    fake.fail("bad_credentials", times=None)
    found = find_customer(EVERYTHING, customer.name)
    found.is_active = False

    report = save_customer(found)

    assert report.is_refusal
    assert not active_customers(EVERYTHING)
    assert find_customer(EVERYTHING, customer.name).needs_attention == report.problem


def test_a_customer_whose_secret_cannot_be_opened_can_be_switched_off_or_get_a_new_one(
    customer: Customer, tenant: Tenant, settings: Settings
) -> None:
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    found = find_customer(EVERYTHING, customer.name)
    found.is_active = False

    assert "cannot be decrypted" in save_customer(found).problem
    assert not active_customers(EVERYTHING)

    again = find_customer(EVERYTHING, customer.name)
    again.zuora_client_secret = tenant.client_secret
    assert save_customer(again).is_good
    assert find_customer(EVERYTHING, customer.name).access().client_secret == tenant.client_secret


def test_a_renewed_secret_clears_the_attention(customer: Customer, tenant: Tenant) -> None:
    Customer.objects.update(needs_attention="refused", zuora_client_secret="revoked")
    found = find_customer(EVERYTHING, customer.name)
    found.zuora_client_secret = tenant.client_secret

    save_customer(found)

    assert find_customer(EVERYTHING, customer.name).needs_attention == ""


def elsewhere[T](act: Callable[[], T]) -> T:
    """Do it on another connection, as another process does, and wait for it."""

    def work() -> T:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(10)


def renew_secret(name: str, secret: str) -> None:
    found = find_customer(EVERYTHING, name)
    found.zuora_client_secret = secret
    save_customer(found)


def test_a_secret_renewed_while_the_customer_is_renamed_stays(
    customer: Customer, tenant: Tenant
) -> None:
    Customer.objects.update(zuora_client_secret="revoked")
    found = find_customer(EVERYTHING, customer.name)
    found.name = "Verdi"
    assert examine(found).is_refusal

    elsewhere(lambda: renew_secret(customer.name, tenant.client_secret))
    store(found)

    stored = find_customer(EVERYTHING, "Verdi")
    assert stored.access().client_secret == tenant.client_secret
    assert (stored.needs_attention, found.needs_attention) == ("", "")


def test_a_name_changed_while_the_secret_is_renewed_stays(
    customer: Customer, tenant: Tenant
) -> None:
    Customer.objects.update(zuora_client_secret="revoked", needs_attention="refused")
    found = find_customer(EVERYTHING, customer.name)
    found.zuora_client_secret = tenant.client_secret
    examine(found)

    elsewhere(lambda: Customer.objects.filter(pk=customer.pk).update(name="Verdi"))
    store(found)

    stored = find_customer(EVERYTHING, "Verdi")
    assert stored.access().client_secret == tenant.client_secret
    assert stored.needs_attention == ""


@pytest.mark.parametrize("column", ["environment", "zuora_client_secret"])
def test_a_customer_removed_while_it_is_changed_does_not_come_back(
    customer: Customer, tenant: Tenant, column: str
) -> None:
    found = find_customer(EVERYTHING, customer.name)
    setattr(found, column, tenant.client_secret)
    examine(found)
    elsewhere(Customer.objects.filter(pk=customer.pk).delete)

    with pytest.raises(CustomerError, match="was not saved: it has been removed"):
        store(found)

    assert not Customer.objects.exists()


def test_no_transaction_is_open_while_zuora_is_asked(
    fake: FakeZuora, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a slow Zuora would hold up every other change of the customer."""
    seen = list[bool]()
    policy = HostPolicy(allow_local=True)

    def host_policy() -> HostPolicy:
        seen.append(connection.in_atomic_block)
        return policy

    monkeypatch.setattr("workflow_mirror.customers.access.host_policy", host_policy)

    save_customer(find_customer(EVERYTHING, customer.name))

    assert seen == [False]


def test_the_environment_follows_from_the_base_url_unless_it_is_given() -> None:
    customer = Customer(name="Rossi", zuora_base_url="https://rest.sandbox.eu.zuora.com/")
    customer.clean()
    assert customer.environment == "sandbox"

    given = Customer(name="R", zuora_base_url="https://rest.zuora.com", environment="staging")
    given.clean()
    assert given.environment == "staging"


def test_extra_hosts_are_compared_without_case_or_blanks(settings: Settings) -> None:
    settings.ZWM_ZUORA_EXTRA_HOSTS = ["one.example.com", " Two.Example.com "]
    customer = Customer(name="Rossi", zuora_base_url="https://two.example.COM")

    customer.clean()

    assert customer.zuora_base_url == "https://two.example.com"


def test_unknown_customers_are_named(customer: Customer) -> None:
    assert find_customers(EVERYTHING, [customer.name, customer.name]) == [customer]
    with pytest.raises(UnknownCustomerError, match="'A', 'B'"):
        find_customers(EVERYTHING, [customer.name, "B", "A"])
    with pytest.raises(UnknownCustomerError, match="no customer 'A'"):
        find_customer(EVERYTHING, "A")


def test_only_active_customers_are_synced_with_all(customer: Customer) -> None:
    Customer.objects.create(name="Off", is_active=False, zuora_client_secret="x")

    assert list(active_customers(EVERYTHING)) == [customer]


def test_a_new_customer_has_no_belongings(customer: Customer) -> None:
    assert vars(belongings(customer)) == {"workflows": 0, "tasks": 0, "exports": 0}
