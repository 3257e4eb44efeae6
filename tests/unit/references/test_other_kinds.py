"""Hosts, URLs, addresses, sub-workflows, files, reports, Lambda functions, events; the sweep."""

from typing import Any

import pytest

from tests.unit.references.made_exports import (
    CERTAIN,
    LIKELY,
    TEXT,
    export_of,
    found,
    found_in,
    names_in,
    task,
)
from workflow_mirror.references.extract import extract


def test_a_callout_names_its_host_and_url_without_the_query() -> None:
    url = "HTTPS://ERP.example.com:8443/api/v2/accounts?page=2#top"
    assert found_in({"url": url}, "host", "url", action_type="Callout") == {
        ("host", "erp.example.com", CERTAIN),
        ("url", "https://ERP.example.com:8443/api/v2/accounts", CERTAIN),
    }


def test_liquid_in_a_url_stands_for_anything() -> None:
    url = "https://{{ GlobalConstants.ERP }}.example.com/{{ Data.Account.Id }}/x"
    assert found_in({"url": url}) == {
        ("constant", "ERP", CERTAIN),
        ("field", "Account.Id", CERTAIN),
        ("host", "*.example.com", LIKELY),
        ("url", "https://*.example.com/*/x", CERTAIN),
    }


def test_a_header_names_a_host() -> None:
    headers = [
        {"key": "Host", "value": "erp.example.com"},
        {"key": "Origin", "value": "https://a.example.it"},
    ]
    assert names_in({"headers": headers}, "host") == {"erp.example.com", "a.example.it"}


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("host", "sftp.example.com", "sftp.example.com"),
        ("sftp_host", "ftp01", "ftp01"),
        ("hostname", "10.0.0.7:22", "10.0.0.7"),
        ("bucket", "billing-exports", "billing-exports"),
        ("url", "sftp://files.example.com/in", "files.example.com"),
        ("url", "s3://billing-exports/in", "billing-exports"),
    ],
)
def test_servers_of_files_are_hosts(key: str, value: str, name: str) -> None:
    assert ("host", name, CERTAIN) in found_in({key: value}, action_type="Upload::SFTP")


@pytest.mark.parametrize("key", ["to", "cc", "bcc", "from", "reply_to", "email_approver_emails"])
def test_addresses_of_mails_are_found(key: str) -> None:
    value = "Ops <billing@example.com>; “città.ù@posta.example.it”, {{ Data.X.Y }}@example.com"
    assert found_in({"email": {key: value}}, "email", action_type="Email") == {
        ("email", "billing@example.com", CERTAIN),
        ("email", "città.ù@posta.example.it", CERTAIN),
        ("email", "*@example.com", CERTAIN),
    }


def test_notifications_outside_of_tasks_are_read() -> None:
    document = export_of(notifications={"emails": ["ops@example.com"], "failure": True})
    [email] = extract(document).references
    assert (email.kind, email.name, email.task_zuora_id) == ("email", "ops@example.com", None)
    assert email.path == "workflow.notifications.emails[0]"


@pytest.mark.parametrize("value", [4711, "4711"])
def test_a_sub_workflow_is_found_by_id(value: Any) -> None:
    parameters = {"workflow_id": value, "workflow_name": "Dunning – 30 days"}
    assert found_in(parameters, action_type="Execute::WorkflowTask") == {
        ("workflow", "4711", CERTAIN),
        ("workflow", "Dunning – 30 days", CERTAIN),
    }


def test_a_callout_that_runs_a_workflow_names_it() -> None:
    url = "https://rest.zuora.com/workflows/4711/run"
    assert names_in({"url": url}, "workflow") == {"4711"}


def test_files_are_named_without_the_id_of_their_task() -> None:
    parameters = {
        "files": {"0": "Invoice__12.csv.zip", "1": "{{ Data.X.Y }}"},
        "file_name": "out.csv",
    }
    assert found_in(parameters, "file", object="Account__9.csv") == {
        ("file", "Invoice__*.csv.zip", CERTAIN),
        ("file", "out.csv", CERTAIN),
        ("file", "Account__*.csv", TEXT),
    }


def test_reports_and_lambda_functions_are_found() -> None:
    report = task("Reporting::RunReport", object_id="8a80", parameters={"report_name": "Aging"})
    function = task("Logic::Lambda", parameters={"LambdaFunction": "tax-rates"})
    assert found(export_of(report)) == {("report", "8a80", CERTAIN), ("report", "Aging", CERTAIN)}
    assert found(export_of(function)) == {("lambda", "tax-rates", CERTAIN)}


@pytest.mark.parametrize("shape", [list, lambda entries: {"0": entries[0]}])
def test_events_that_start_a_workflow_are_found(shape: Any) -> None:
    document = export_of(
        parameters={
            "event_triggers": ["InvoicePosted"],
            "event_parameters": shape([{"eventName": "PaymentProcessed", "params": []}]),
        }
    )
    document["linkages"] = [
        {"source_workflow_id": 1, "source_task_id": None, "target_task_id": 7, "linkage_type": name}
        for name in ("Start", "AccountCreated")
    ]
    names = {"InvoicePosted", "PaymentProcessed", "AccountCreated"}
    assert found(document) == {("event", name, CERTAIN) for name in names}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("const r = payload.Data.Account.Region__c;", ("field", "Account.Region__c", LIKELY)),
        ("rows.map(row => row.Region__c)", ("field", "Region__c", LIKELY)),
        ("Account.Name.toUpperCase()", ("field", "Account.Name", TEXT)),
        ("$.Invoice[Balance > 5].{'id': Id}", ("field", "Invoice.Balance", LIKELY)),
        ("fetch('https://erp.example.com/x')", ("host", "erp.example.com", LIKELY)),
        ("payload.GlobalConstants['ERP_HOST']", ("constant", "ERP_HOST", LIKELY)),
    ],
)
def test_javascript_and_jsonata_are_read_by_patterns(
    code: str, expected: tuple[str, str, str]
) -> None:
    assert expected in found_in({"code": code}, action_type="Script::JavaScript")


def test_methods_are_no_fields_and_no_hosts() -> None:
    code = (
        "payload.items.filter(x => x.id).map(JSON.stringify); groups.at(0); Object.keys(a).length"
    )
    assert found_in({"code": code}) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("please set REGION__C first", ("field", "REGION__C", LIKELY)),
        ("see Account.Region__c, then", ("field", "Account.Region__c", LIKELY)),
        ("ask billing@example.com.", ("email", "billing@example.com", LIKELY)),
        ("runs on erp.example.com, daily", ("host", "erp.example.com", LIKELY)),
        ("see (https://wiki.example.com/a).", ("url", "https://wiki.example.com/a", LIKELY)),
    ],
)
@pytest.mark.parametrize("place", ["name", "notes", "key"])
def test_every_text_and_key_is_searched(
    text: str, expected: tuple[str, str, str], place: str
) -> None:
    columns = {"parameters": {"headers": {text: 1}}} if place == "key" else {place: text}
    assert expected in found(export_of(task(**columns)))


@pytest.mark.parametrize(
    "text",
    [
        "Good day.Then we go. e.g. this, i.e. that; v1.2.3 of 12.5",
        "<style>.a{margin:0.5em} td.x:hover{color:#fff}</style>",
        "dd.MM.yyyy HH:mm",
        "@media print { a.button { b: c } }",
    ],
)
def test_prose_and_css_name_nothing(text: str) -> None:
    assert found_in({"template": text}) == set()


def test_of_two_equal_references_the_certain_one_wins() -> None:
    parameters = {"files": ["Invoice__1.csv"]}
    assert found_in(parameters, "file") == {("file", "Invoice__*.csv", CERTAIN)}


def test_what_is_written_twice_in_one_text_is_one_reference() -> None:
    text = "a@example.com, A@Example.com and {{ Data.Account.Name }} {{ Data.account.name }}"
    assert len(extract(export_of(task(parameters={"note": text}))).references) == 2


def test_run_state_is_not_read() -> None:
    assert (
        found(export_of(task(error="at erp.example.com", error_details="a@example.com"))) == set()
    )
