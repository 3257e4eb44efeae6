"""The customers' pages, with a Zuora that answers, refuses, or is down."""

from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.integration.web.made_jobs import make_job
from workflow_mirror.customers.access import CredentialsReport
from workflow_mirror.customers.models import Customer
from workflow_mirror.customers.registry import examine
from workflow_mirror.fake_zuora import Server, Tenant
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.customers import form
from workflow_mirror.workflows.models import Task, Workflow

LIST = "/admin/customers/customer/"
ADD = "/admin/customers/customer/add/"


def change(customer: Customer) -> str:
    return reverse("admin:customers_customer_change", args=(customer.pk,))


def edit(customer: Customer) -> str:
    return reverse("admin:customers_customer_edit", args=(customer.pk,))


def typed(tenant: Tenant, server: Server, **other: str) -> dict[str, Any]:
    return {
        "name": "Verdi",
        "zuora_base_url": server.base_url,
        "zuora_client_id": tenant.client_id,
        "new_secret": tenant.client_secret,
        "is_active": "on",
        **other,
    }


def secret_of(customer: Customer) -> str:
    return Customer.objects.get(pk=customer.pk).access().client_secret


@pytest.fixture
def browser(transactional_db: None, administrator: Client) -> Client:
    return administrator


def test_a_customer_whose_credentials_work_is_added(
    browser: Client, tenant: Tenant, server: Server
) -> None:
    answer = browser.post(ADD, typed(tenant, server), follow=True)
    assert b"Connected. Workflows can be read." in answer.content
    assert secret_of(Customer.objects.get(name="Verdi")) == tenant.client_secret
    assert str(JobRun.objects.get().customer) == "Verdi"


def test_refused_credentials_are_an_error_of_the_form(
    browser: Client, tenant: Tenant, server: Server
) -> None:
    answer = browser.post(ADD, typed(tenant, server, new_secret="wrong-one"))
    assert answer.status_code == 200
    assert b"was not saved" in answer.content
    assert b"wrong-one" not in answer.content
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"new_secret": "wrong-one"}, "new_secret"),
        ({"zuora_base_url": "https://rest.zuora.com/v1"}, "zuora_base_url"),
        ({"zuora_base_url": "https://example.com"}, "zuora_base_url"),
        ({"zuora_base_url": ""}, "data_centre"),
        ({"zuora_base_url": "", "data_centre": "other"}, "zuora_base_url"),
        ({"data_centre": "https://nowhere.example"}, "data_centre"),
        ({"name": ""}, "name"),
    ],
)
def test_an_error_is_at_its_field(
    browser: Client, tenant: Tenant, server: Server, wrong: dict[str, str], field: str
) -> None:
    answer = browser.post(ADD, typed(tenant, server, **wrong))
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not Customer.objects.exists()


def test_a_name_that_is_taken_is_an_error_of_the_name(
    browser: Client, customer: Customer, tenant: Tenant, server: Server
) -> None:
    answer = browser.post(ADD, typed(tenant, server, name=customer.name))
    assert list(answer.context["adminform"].form.errors) == ["name"]


def test_a_data_centre_decides_the_base_url(customer: Customer) -> None:
    eu = "https://rest.eu.zuora.com"
    sent = QueryDict(f"data_centre={eu}&zuora_base_url=https://rest.zuora.com/v1&name=Neri")
    assert form.CustomerForm(sent, instance=customer)["zuora_base_url"].value() == eu


def test_the_form_shows_the_data_centre_of_a_customer(customer: Customer) -> None:
    shown = {}
    for url in ("https://rest.ap.zuora.com", "https://rest.pt1.zuora.com"):
        customer.zuora_base_url = url
        shown[url] = form.CustomerForm(instance=customer)["data_centre"].value()
    assert shown == {
        "https://rest.ap.zuora.com": "https://rest.ap.zuora.com",
        "https://rest.pt1.zuora.com": "other",
    }
    choices = form.CustomerForm(instance=customer).fields["data_centre"].choices  # type: ignore[attr-defined]
    assert len(list(choices)) == 12


def test_a_zuora_that_is_down_does_not_hinder_saving(
    browser: Client, tenant: Tenant, server: Server
) -> None:
    down = typed(tenant, server, zuora_base_url="http://127.0.0.1:9")
    answer = browser.post(ADD, down, follow=True)
    assert b"reach Zuora to check the credentials" in answer.content
    assert Customer.objects.get().name == "Verdi"
    assert JobRun.objects.get().status == "waiting"


def test_an_empty_secret_keeps_the_stored_one(
    browser: Client, customer: Customer, tenant: Tenant, server: Server
) -> None:
    answer = browser.post(edit(customer), typed(tenant, server, name="Neri", new_secret=""))
    assert answer.status_code == 302
    customer.refresh_from_db()
    assert customer.name == "Neri"
    assert secret_of(customer) == tenant.client_secret


def test_a_new_secret_replaces_the_stored_one(
    browser: Client, customer: Customer, tenant: Tenant, server: Server
) -> None:
    Customer.objects.filter(pk=customer.pk).update(zuora_client_secret="old")
    browser.post(edit(customer), typed(tenant, server))
    assert secret_of(customer) == tenant.client_secret


def test_a_new_customer_needs_a_secret_and_a_name_of_its_own(
    browser: Client, customer: Customer, tenant: Tenant, server: Server
) -> None:
    assert browser.post(ADD, typed(tenant, server, new_secret="")).status_code == 200
    assert browser.post(ADD, typed(tenant, server, name=customer.name)).status_code == 200
    assert Customer.objects.count() == 1


def test_a_customer_removed_while_zuora_was_asked_does_not_come_back(
    browser: Client,
    customer: Customer,
    tenant: Tenant,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def examine_and_remove(changed: Customer) -> CredentialsReport:
        report = examine(changed)
        Customer.objects.filter(pk=changed.pk).delete()
        return report

    monkeypatch.setattr(form, "examine", examine_and_remove)
    answer = browser.post(edit(customer), typed(tenant, server), follow=True)
    assert b"Verdi was not saved: it has been removed" in answer.content
    assert answer.redirect_chain == [(LIST, 302)]
    assert not Customer.objects.exists()


def test_the_secret_is_on_no_page(browser: Client, customer: Customer, tenant: Tenant) -> None:
    for address in (
        LIST,
        change(customer),
        edit(customer),
        change(customer).replace("change", "history"),
    ):
        assert tenant.client_secret.encode() not in browser.get(address).content


def test_the_form_offers_zuoras_ten_addresses(browser: Client) -> None:
    page = browser.get(ADD).content.decode()
    assert page.count('<option value="https://rest.') == 10


def test_check_credentials_says_what_they_may_do(
    browser: Client, customer: Customer, tenant: Tenant
) -> None:
    address = reverse("admin:customers_customer_try_credentials", args=(customer.pk,))
    assert b"Connected." in browser.post(address, follow=True).content
    Customer.objects.filter(pk=customer.pk).update(zuora_client_secret="wrong-one")
    answer = browser.post(address, follow=True).content
    assert b"Invalid credentials" in answer
    assert b"wrong-one" not in answer
    customer.refresh_from_db()
    assert customer.needs_attention


def test_a_second_sync_joins_the_first(browser: Client, customer: Customer) -> None:
    address = reverse("admin:customers_customer_sync", args=(customer.pk,))
    assert b"1 sync queued" in browser.post(address, follow=True).content
    assert b"already queued; your request was merged" in browser.post(address, follow=True).content
    assert JobRun.objects.count() == 1


def test_deletion_names_what_goes_and_takes_it(browser: Client, customer: Customer) -> None:
    for number in range(3):
        workflow = Workflow.objects.create(customer=customer, zuora_id=str(number))
        Task.objects.create(workflow=workflow, customer=customer, zuora_id="1")
    address = reverse("admin:customers_customer_delete", args=(customer.pk,))
    page = browser.get(address).content.decode()
    assert "Workflows: 3" in page
    assert "Tasks: 3" in page
    assert Customer.objects.exists()
    browser.post(address, {"post": "yes"})
    assert not Customer.objects.exists()
    assert not Task.objects.exists()


def make(first: int, last: int) -> None:
    for number in range(first, last):
        one = Customer.objects.create(
            name=f"Customer {number}",
            zuora_base_url="https://rest.zuora.com",
            zuora_client_secret="s",
        )
        Workflow.objects.bulk_create(
            Workflow(customer=one, zuora_id=str(n), export_error="bad" if n else "")
            for n in range(3)
        )
        make_job(one, JobRun.Status.RUNNING, progress_done=1, progress_total=4)


def test_the_list_tells_how_far_a_running_sync_is(viewer: Client) -> None:
    make(0, 1)
    run = JobRun.objects.get()
    cell = f'data-live="customer-{run.customer_id}-running"'
    page = viewer.get(LIST).content.decode()
    assert 'value="25"' in page.split(cell)[1].split("</td>")[0]
    JobRun.objects.update(status=JobRun.Status.SUCCEEDED, finished_at=run.started_at)
    assert f"{cell}>–</span>" in viewer.get(LIST).content.decode()


@pytest.mark.parametrize("address", [LIST, LIST + "?q=cust&is_active__exact=1", "/admin/"])
def test_the_number_of_statements_does_not_grow(administrator: Client, address: str) -> None:
    make(0, 2)
    administrator.get(address)
    with CaptureQueriesContext(connection) as few:
        administrator.get(address)
    make(2, 30)
    with CaptureQueriesContext(connection) as many:
        page = administrator.get(address)
    assert b"Customer 2" in page.content
    assert page.content.count(b'value="25"') >= 20
    assert len(many) == len(few)
    statements = "".join(query["sql"] for query in many)
    assert "zuora_client_secret" not in statements
    assert "json_export" not in statements
