"""What lists and pages say in the same way everywhere."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from tests.integration.web.shown import can_be_confirmed, shown
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow

EMPTY = {
    "customers_customer": "No customers yet.",
    "workflows_workflow": "No workflows yet. They appear after the first sync.",
    "workflows_task": "No tasks yet. They appear after the first sync.",
    "jobs_jobrun": "No jobs yet.",
    "web_waitingjob": "No jobs waiting.",
    "web_failedjob": "No failed jobs.",
    "jobs_jobbatch": "No job batches yet.",
    "jobs_workerprocess": "No worker is running. Queued jobs start when one does.",
}


def list_of(name: str) -> str:
    return reverse(f"admin:{name}_changelist")


@pytest.mark.parametrize(("name", "sentence"), EMPTY.items())
def test_an_empty_list_says_what_it_lacks(
    administrator: Client, transactional_db: None, name: str, sentence: str
) -> None:
    page = shown(administrator, list_of(name))
    assert sentence in page
    assert "No results found" not in page
    assert "Reset filters" not in page


def test_a_search_without_results_offers_to_reset_it(administrator: Client) -> None:
    page = shown(administrator, list_of("customers_customer") + "?q=nobody")
    assert "No results found" in page
    assert "Reset filters" in page
    assert "No customers yet" not in page


def test_a_list_is_titled_by_what_it_lists(administrator: Client, rossi: Customer) -> None:
    for address in ("workflows_workflow", "customers_customer", "schedules_schedule"):
        page = shown(administrator, list_of(address))
        assert "to view" not in page
        assert "to change" not in page


@pytest.mark.parametrize("name", ["workflows_workflow", "customers_customer", "auth_user"])
def test_filters_are_labelled_by_their_subject_alone(
    administrator: Client, rossi: Customer, name: str
) -> None:
    Workflow.objects.create(customer=rossi, zuora_id="1", state="Active")
    page = " ".join(shown(administrator, list_of(name)).split())
    assert "> By " not in page
    assert ">By " not in page


def test_the_list_of_workflows_can_be_filtered_by_what_is_in_zuora(
    administrator: Client, rossi: Customer
) -> None:
    page = shown(administrator, list_of("workflows_workflow"))
    assert "In Zuora" in page


@pytest.mark.parametrize("language", ["en", "it"])
def test_times_are_written_alike_in_every_language(
    administrator: Client, rossi: Customer, language: str
) -> None:
    updated = datetime(2026, 11, 26, 9, 22, tzinfo=UTC)  # a Thursday
    workflow = Workflow.objects.create(customer=rossi, zuora_id="1", updated_on=updated)
    Customer.objects.filter(pk=rossi.pk).update(credentials_checked_at=updated)
    administrator.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    for name, pk in (("workflows_workflow", workflow.pk), ("customers_customer", rossi.pk)):
        assert "2026-11-26 09:22" in shown(
            administrator, reverse(f"admin:{name}_change", args=[pk])
        )


def test_credentials_that_nobody_has_checked_are_not_called_valid(
    administrator: Client, rossi: Customer, bianchi: Customer
) -> None:
    Customer.objects.filter(pk=bianchi.pk).update(
        credentials_checked_at=datetime(2026, 1, 1, tzinfo=UTC)
    )

    def found(value: str) -> list[Customer]:
        address = f"{list_of('customers_customer')}?credentials={value}"
        return list(administrator.get(address).context["cl"].result_list)

    assert found("good") == [bianchi]
    assert found("unchecked") == [rossi]
    assert found("refused") == []


def test_the_list_of_customers_asks_how_many_to_sync(
    administrator: Client, rossi: Customer, bianchi: Customer
) -> None:
    address = reverse("admin:customers_customer_sync_all")
    assert "Queue a sync for all 2 active customers?" in shown(administrator, address)
    bianchi.is_active = False
    bianchi.save()
    asked = shown(administrator, address)
    assert "Queue a sync for 1 active customer?" in asked
    assert can_be_confirmed(asked)
    Customer.objects.update(is_active=False)
    told = shown(administrator, address)
    assert "No active customers to sync." in told
    assert not can_be_confirmed(told)


def test_a_workflow_never_exported_says_why_and_shows_no_copy(
    administrator: Client, rossi: Customer
) -> None:
    exported = datetime(2026, 11, 26, 9, 22, tzinfo=UTC)
    workflow = Workflow.objects.create(customer=rossi, zuora_id="1", export_error="odd")
    address = reverse("admin:workflows_workflow_change", args=[workflow.pk])
    assert "Export failed. Reason: odd" in shown(administrator, address)
    Workflow.objects.update(exported_at=exported)
    told = "Latest export failed; showing the copy of 2026-11-26 09:22. Reason: odd"
    assert told in shown(administrator, address)
