"""A host with other encryption keys takes no jobs."""

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from workflow_mirror.customers.errors import WrongKeysError
from workflow_mirror.customers.keys import check_keys
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync.direct import sync_now

from .conftest import Work, again


@pytest.fixture
def other_keys(settings: Settings) -> None:
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


def test_a_worker_with_other_keys_ends_and_leaves_the_jobs_alone(
    run: JobRun, work: Work, other_keys: None
) -> None:
    with pytest.raises(WrongKeysError, match="ZWM_ENCRYPTION_KEYS"):
        work()

    assert again(run).status == JobRun.Status.WAITING
    assert Customer.objects.get().needs_attention == ""


def test_a_direct_sync_with_other_keys_marks_no_customer(
    customer: Customer, other_keys: None
) -> None:
    with pytest.raises(WrongKeysError):
        sync_now([customer], requested_by="test")

    assert Customer.objects.get().needs_attention == ""
    assert not JobRun.objects.exists()


def test_one_secret_that_cannot_be_opened_is_its_customers_failure(
    customer: Customer, tenant: Tenant, other_keys: None
) -> None:
    Customer.objects.create(
        name="Bianchi",
        zuora_base_url=customer.zuora_base_url,
        zuora_client_id="x",
        zuora_client_secret="with the new key",
    )

    check_keys()

    [result] = sync_now([Customer.objects.get(pk=customer.pk)], requested_by="test")
    assert "cannot be decrypted" in str(result.error)
    assert "cannot be decrypted" in Customer.objects.get(pk=customer.pk).needs_attention


def test_an_empty_mirror_has_no_wrong_keys(transactional_db: None, other_keys: None) -> None:
    check_keys()
