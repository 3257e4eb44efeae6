import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from workflow_mirror.customers.access import check_credentials, open_client, remember_attention
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.zuora.errors import InvalidCredentialsError

FOUND_OUT = ("token", "list_workflows", "export_workflows")


def found_out(customer: Customer) -> tuple[bool | None, ...]:
    report = check_credentials(customer)
    return tuple(getattr(report, name) for name in FOUND_OUT)


def attention(customer: Customer) -> str:
    return Customer.objects.get(pk=customer.pk).needs_attention


@pytest.fixture
def stocked(tenant: Tenant) -> Tenant:
    tenant.generate(3, tasks=1, variety=False)
    return tenant


def test_good_credentials_may_do_everything(
    fake: FakeZuora, customer: Customer, stocked: Tenant
) -> None:
    stocked.options.entities = ("e-1",)

    report = check_credentials(customer)

    assert report.is_good
    assert report.as_dict() == {
        "token": True,
        "list_workflows": True,
        "export_workflows": True,
        "entities": 1,
        "problem": "",
        "is_refusal": False,
        "is_good": True,
    }
    assert fake.requests.counts() == {"token": 1, "list": 1, "export": 1}


def test_a_wrong_secret_is_refused_and_nothing_else_is_tried(
    fake: FakeZuora, customer: Customer
) -> None:
    customer.zuora_client_secret = "wrong"

    report = check_credentials(customer)

    assert (report.token, report.list_workflows, report.export_workflows) == (False, None, None)
    assert report.is_refusal
    assert (
        report.problem
        == "Invalid credentials (get token): HTTP 401, invalid_client"
        + (report.problem.partition("invalid_client")[2])
    )
    assert "wrong" not in report.problem
    assert attention(customer) == report.problem
    assert fake.requests.counts() == {"token": 1}


def test_a_zuora_that_cannot_be_reached_says_nothing_about_the_credentials(
    customer: Customer,
) -> None:
    remember_attention(customer, InvalidCredentialsError())
    customer.zuora_base_url = "http://127.0.0.1:9"

    report = check_credentials(customer)

    assert (report.token, report.is_refusal, report.is_good) == (None, False, False)
    assert report.problem.startswith("Zuora did not answer (get token)")
    assert attention(customer) == "Invalid credentials"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("token", (None, None, None)),
        ("list", (True, None, None)),
        ("export", (True, True, None)),
    ],
)
def test_trouble_at_zuora_leaves_the_question_open(
    fake: FakeZuora, customer: Customer, stocked: Tenant, on: str, expected: tuple[bool | None, ...]
) -> None:
    fake.fail("server_error", on=on, times=None)

    assert found_out(customer) == expected
    assert attention(customer) == ""
    assert len(fake.requests.of(on)) == 1


def test_a_role_that_may_not_export_is_told_what_it_lacks(
    customer: Customer, stocked: Tenant
) -> None:
    stocked.options.view_only = True

    report = check_credentials(customer)

    assert (report.token, report.list_workflows, report.export_workflows) == (True, True, False)
    assert report.is_refusal
    assert "Workflow Manage Access" in report.problem
    assert attention(customer) == report.problem


def test_a_role_that_may_not_list_is_refused(customer: Customer, stocked: Tenant) -> None:
    stocked.options.workflow_access = False

    assert found_out(customer) == (True, False, None)
    assert "lacks a permission (list workflows)" in attention(customer)


def test_of_an_empty_tenant_nobody_knows_whether_it_may_be_exported(customer: Customer) -> None:
    report = check_credentials(customer)

    assert report.is_good
    assert (report.list_workflows, report.export_workflows) == (True, None)


@pytest.mark.parametrize("status", [400, 404, 422])
def test_one_odd_workflow_does_not_make_the_credentials_bad(
    fake: FakeZuora, customer: Customer, stocked: Tenant, status: int
) -> None:
    fake.fail("not_found", on="export", status=status)

    report = check_credentials(customer)

    assert report.is_good
    assert report.export_workflows is None


def test_a_workflow_without_an_active_version_can_be_tried(
    customer: Customer, stocked: Tenant
) -> None:
    for key in stocked.definitions:
        stocked.deactivate(key)

    assert found_out(customer) == (True, True, True)


def test_attention_is_cleared_once_all_is_well(customer: Customer, stocked: Tenant) -> None:
    remember_attention(customer, InvalidCredentialsError())

    check_credentials(customer)

    found = Customer.objects.get(pk=customer.pk)
    assert found.needs_attention == ""
    assert found.credentials_checked_at is not None


def test_a_check_asks_for_a_new_token_since_a_shared_one_outlives_the_credentials(
    fake: FakeZuora, customer: Customer, stocked: Tenant
) -> None:
    with open_client(customer) as client:
        client.list_page(1)
    fake.fail("bad_credentials", times=None)

    assert found_out(customer) == (False, None, None)


def test_a_host_that_is_not_allowed_is_never_called(
    fake: FakeZuora, customer: Customer, settings: Settings
) -> None:
    settings.ZWM_ZUORA_ALLOW_LOCAL = False

    report = check_credentials(customer)

    assert report.is_refusal
    assert report.problem == "127.0.0.1 is a private or loopback address"
    assert attention(customer) == report.problem
    assert len(fake.requests) == 0


def test_a_secret_that_cannot_be_opened_is_a_problem_and_no_crash(
    customer: Customer, settings: Settings
) -> None:
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    report = check_credentials(Customer.objects.get(pk=customer.pk))

    assert (report.token, report.is_refusal) == (None, True)
    assert "ZWM_ENCRYPTION_KEYS" in attention(customer)


def test_a_reason_of_zuora_that_postgresql_could_not_store_is_stored(
    fake: FakeZuora, customer: Customer
) -> None:
    fake.fail("json_value", on="token", status=401, value={"message": "nul \0, half \ud800"})

    check_credentials(customer)

    assert "nul ?, half ?" in attention(customer)


def test_a_customer_that_is_not_saved_is_only_tried(tenant: Tenant, customer: Customer) -> None:
    unsaved = Customer(
        name="New",
        zuora_base_url=customer.zuora_base_url,
        zuora_client_id=tenant.client_id,
        zuora_client_secret="wrong",
    )

    assert check_credentials(unsaved).is_refusal
    assert unsaved.needs_attention
    assert not Customer.objects.filter(name="New").exists()
