from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.db.models import FETCH_PEERS
from pytest_django import DjangoAssertNumQueries, Settings

from workflow_mirror.access.customers import active_customers, find_customer
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.encryption import decrypt, encrypt
from workflow_mirror.customers.errors import CustomerError, DecryptionError
from workflow_mirror.customers.models import Customer
from workflow_mirror.customers.registry import describe
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.workflows.models import Workflow

SECRET = "vEry+s3cret/part= \N{SNOWMAN}"


@pytest.fixture
def rossi(db: None) -> Customer:
    return Customer.objects.create(
        name="Rossi",
        zuora_base_url="https://rest.eu.zuora.com",
        zuora_client_id="id",
        zuora_client_secret=SECRET,
    )


def raw_secret() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT zuora_client_secret FROM customers")
        return str(cursor.fetchone()[0])


def test_a_secret_comes_back_as_it_was_and_lies_encrypted(rossi: Customer) -> None:
    assert Customer.objects.get().zuora_client_secret == SECRET
    assert "s3cret" not in raw_secret()
    assert decrypt(raw_secret()) == SECRET


def test_the_same_secret_never_looks_the_same_twice() -> None:
    assert encrypt(SECRET) != encrypt(SECRET)


def test_the_newest_key_encrypts_and_the_older_ones_still_open(
    rossi: Customer, settings: Settings
) -> None:
    old, new = settings.ZWM_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ZWM_ENCRYPTION_KEYS = [new, old]

    assert Customer.objects.get().zuora_client_secret == SECRET

    found = Customer.objects.get()
    found.zuora_client_secret = SECRET
    found.save()
    settings.ZWM_ENCRYPTION_KEYS = [new]
    assert Customer.objects.get().zuora_client_secret == SECRET


def test_a_secret_whose_key_has_gone_is_an_error_and_never_ciphertext(
    rossi: Customer, settings: Settings
) -> None:
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    found = Customer.objects.get()

    with pytest.raises(DecryptionError, match="ZWM_ENCRYPTION_KEYS") as raised:
        found.access()
    sealed: Any = Customer.objects.values_list("zuora_client_secret", flat=True).get()
    assert raw_secret() not in f"{sealed!r} {sealed}"
    with pytest.raises(DecryptionError):
        sealed.opened()

    assert isinstance(raised.value, CustomerError)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("stored", ["", "plain text", "gAAAAA", "\N{SNOWMAN}", "s3cret"])
def test_what_was_never_encrypted_is_not_handed_on(rossi: Customer, stored: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers SET zuora_client_secret = %s", [stored])

    with pytest.raises(DecryptionError) as raised:
        Customer.objects.get().access()

    assert not stored or stored not in str(raised.value)


def test_a_changed_ciphertext_is_noticed() -> None:
    stored = encrypt(SECRET)
    middle = len(stored) // 2
    changed = stored[:middle] + ("A" if stored[middle] != "A" else "B") + stored[middle + 1 :]

    with pytest.raises(DecryptionError):
        decrypt(changed)


def test_listing_customers_decrypts_nothing(
    rossi: Customer, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with django_assert_num_queries(1):
        [found] = active_customers(EVERYTHING)
        described = describe(found)

    assert described["name"] == "Rossi"
    assert "zuora_client_secret" not in found.__dict__


def loaded_in_every_way(rossi: Customer) -> list[Customer]:
    """A customer comes out of the database by its own list, by a join, by a foreign key, ..."""
    Workflow.objects.create(customer=rossi, zuora_id="1")
    schedule = Schedule.objects.create(name="nightly")
    schedule.customers.set([rossi])
    return [
        Customer.objects.get(),
        Customer._base_manager.get(),
        Workflow.objects.get().customer,
        Workflow.objects.select_related("customer").get().customer,
        Workflow.objects.prefetch_related("customer").get().customer,
        Workflow.objects.all().fetch_mode(FETCH_PEERS).get().customer,
        Schedule.objects.prefetch_related("customers").get(pk=schedule.pk).customers.all()[0],
    ]


def test_a_customer_whose_secret_cannot_be_opened_is_loaded_in_every_way(
    rossi: Customer, settings: Settings
) -> None:
    before = raw_secret()
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    for place, found in enumerate(loaded_in_every_way(rossi)):
        found.environment = f"sandbox {place}"
        found.save()
        with pytest.raises(DecryptionError):
            found.access()

    assert raw_secret() == before


def test_a_customer_that_came_by_a_relation_opens_its_secret(rossi: Customer) -> None:
    assert {found.access().client_secret for found in loaded_in_every_way(rossi)} == {SECRET}


def test_saving_another_column_leaves_the_secret_alone(rossi: Customer) -> None:
    before = raw_secret()
    found = find_customer(EVERYTHING, "Rossi")
    found.environment = "sandbox"

    found.save()

    assert raw_secret() == before


def test_neither_a_customer_nor_its_description_shows_the_secret(rossi: Customer) -> None:
    shown = f"{rossi!r} {rossi} {rossi.access()!r} {describe(rossi)}"

    assert "s3cret" not in shown


@pytest.mark.django_db
def test_the_migrations_of_the_customers_are_complete() -> None:
    call_command("makemigrations", "customers", check=True, dry_run=True, verbosity=0)
