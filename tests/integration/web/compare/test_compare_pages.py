"""The pages that compare customers: states, links, rules, the matrix, files, and who sees what."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.integration.web.conftest import ClientOf, MakeUser, make_customer
from tests.integration.web.mirrored import EVIL, FORMULA, a_document, a_task, a_workflow
from workflow_mirror.access.groups import OPERATORS, VIEWERS
from workflow_mirror.compare.models import ExpectedDifference, Template, WorkflowLink
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.compare import found
from workflow_mirror.workflows.models import Workflow

pytestmark = pytest.mark.django_db


def make(customer: Customer, zuora_id: str, name: str, host: str = "example.com") -> Workflow:
    parameters = {"url": f"https://erp.{host}/v1"}
    document = a_document(a_task("1", "Get"), a_task("2", "Send", "Callout", parameters=parameters))
    return a_workflow(customer, zuora_id, name=name, document=document)


@pytest.fixture
def both(rossi: Customer, bianchi: Customer) -> str:
    """The query that compares them."""
    make(rossi, "1", "same")
    make(bianchi, "1", "same")
    make(rossi, "2", "hosts", "sandbox.example.com")
    make(bianchi, "2", "hosts")
    make(rossi, "3", "old name")
    make(bianchi, "3", "new title")
    return f"source={rossi.pk}&target={bianchi.pk}"


def rows(browser: Client, query: str) -> dict[str, str]:
    """The states by the name of the workflow."""
    page = browser.get(f"/comparison/?{query}")
    return {row.row.name: str(row.label) for row in page.context["rows"]}


def post(browser: Client, path: str, **values: Any) -> str:
    """What the page says afterwards."""
    answer = browser.post(f"/comparison/{path}/", values, follow=True)
    assert answer.status_code == 200
    return " ".join(map(str, answer.context["messages"]))


def lines_of(file: Any) -> list[str]:
    return list(file.getvalue().decode("utf-8-sig").splitlines())


def test_the_page_shows_states_with_counts_and_environments(operator: Client, both: str) -> None:
    page = operator.get(f"/comparison/?{both}")

    assert rows(operator, both) == {
        "same": "Same",
        "hosts": "Different",
        "old name": "Only in source",
        "new title": "Only in target",
    }
    text = page.content.decode()
    assert "Rossi (kind of Rossi)" in text
    assert [(one["status"], one["number"]) for one in page.context["filters"]] == [
        ("", 4),
        ("same", 1),
        ("different", 1),
        ("only_in_source", 1),
        ("only_in_target", 1),
        ("ambiguous", 0),
    ]
    assert rows(operator, f"{both}&status=different") == {"hosts": "Different"}
    assert rows(operator, f"{both}&q=NAME") == {"old name": "Only in source"}
    assert rows(operator, f"{both}&status=nothing") == {}
    assert not JobRun.objects.exists()


def test_a_mirror_with_one_customer_says_why_nothing_is_compared(
    administrator: Client, rossi: Customer
) -> None:
    assert "A comparison needs two customers." in administrator.get("/comparison/").content.decode()
    make_customer("Bianchi")
    assert (
        "A comparison needs two customers."
        not in administrator.get("/comparison/").content.decode()
    )


def test_a_row_opens_the_diff_of_the_last_exports(operator: Client, both: str) -> None:
    page = operator.get(f"/comparison/?{both}&status=different")
    [row] = page.context["rows"]

    diff = operator.get(row.link, follow=True)

    assert diff.status_code == 200
    assert diff.context["sentence"] == row.text == "1 task edited"
    assert "kind of Bianchi" in diff.content.decode()


def test_similar_workflows_are_linked_and_unlinked(operator: Client, both: str) -> None:
    page = operator.get(f"/comparison/?{both}&q=old")
    [row] = page.context["rows"]
    [proposed] = row.proposed
    assert proposed.name == "new title"

    assert post(operator, "links/add", source=proposed.source, target=proposed.target) == (
        "Workflows linked."
    )
    [linked] = operator.get(f"/comparison/?{both}&q=old").context["rows"]
    assert linked.other_name == "new title"
    assert str(linked.label) == "Same"

    assert post(operator, "links/delete", id=linked.linked) == "Link removed."
    assert rows(operator, both)["old name"] == "Only in source"


def test_a_suggested_rule_makes_the_hosts_expected_in_list_and_diff(
    operator: Client, both: str, rossi: Customer, bianchi: Customer
) -> None:
    page = operator.get(f"/comparison/rules/?{both}")
    [suggested] = page.context["proposed"]
    assert (suggested.source, suggested.target) == ("sandbox.example.com", "example.com")
    values = {"source": rossi.pk, "target": bianchi.pk, "kind": suggested.kind}
    values |= {"source_text": suggested.source, "target_text": suggested.target}

    assert post(operator, "rules/add", **values) == "Rule added."
    assert post(operator, "rules/add", **values) == "This rule exists already"

    [row] = operator.get(f"/comparison/?{both}&q=hosts").context["rows"]
    assert (str(row.label), row.text) == ("Same", "No differences (1 expected difference)")
    diff = operator.get(row.link, follow=True)
    assert diff.context["sentence"] == "No differences"
    [expected] = diff.context["expected"]
    assert (expected.path, expected.rule) == ("parameters.url", "Host")
    after = operator.get(f"/comparison/rules/?target={rossi.pk}&source={bianchi.pk}")
    assert after.context["proposed"] == []
    [rule] = after.context["rules"]
    assert (rule.source, rule.target) == ("example.com", "sandbox.example.com")
    assert post(operator, "rules/delete", id=rule.key) == "Rule deleted."
    assert rows(operator, both)["hosts"] == "Different"


def test_an_invalid_rule_says_what_is_wrong(
    operator: Client, both: str, rossi: Customer, bianchi: Customer
) -> None:
    values = {"source": rossi.pk, "target": bianchi.pk, "kind": "host", "source_text": "a b"}

    assert "Enter the text of both customers" in post(operator, "rules/add", **values)
    values["target"] = rossi.pk
    assert "do not fit" in post(operator, "rules/add", **values, target_text="c")
    values |= {"source_text": "a", "target_text": "b"}
    assert "two different customers" in post(operator, "rules/add", **values)
    assert not ExpectedDifference.objects.exists()


def test_a_limited_user_neither_compares_nor_learns_of_another_customer(
    make_user: MakeUser, client_of: ClientOf, both: str, rossi: Customer, bianchi: Customer
) -> None:
    Template.objects.create(customer=rossi, template=bianchi)
    limited = client_of(make_user("lim", OPERATORS, only=[rossi]))

    assert limited.get(f"/comparison/?{both}").status_code == 404
    for address in ("/comparison/", "/comparison/matrix/", "/admin/customers/customer/", "/admin/"):
        text = limited.get(address).content.decode()
        assert "Bianchi" not in text
        assert "gainst template" not in text
    assert limited.get(f"/comparison/matrix/?template={bianchi.pk}").status_code == 404
    answer = limited.post("/comparison/templates/", {"customer": rossi.pk, "template": ""})
    assert answer.status_code == 302
    assert Template.objects.exists()


def test_a_viewer_looks_and_changes_nothing(
    make_user: MakeUser, client_of: ClientOf, both: str, rossi: Customer, bianchi: Customer
) -> None:
    viewer = client_of(make_user("vic", VIEWERS))
    [row] = viewer.get(f"/comparison/?{both}&q=old").context["rows"]
    assert row.proposed
    for path in ("", "rules/", f"matrix/?template={rossi.pk}&"):
        page = viewer.get(f"/comparison/{path}?{both}")
        assert "/add/" not in page.content.decode()
    workflows = {"source": row.proposed[0].source, "target": row.proposed[0].target}
    assert viewer.post("/comparison/links/add/", workflows).status_code == 403
    assert not WorkflowLink.objects.exists()


def test_the_matrix_shows_a_state_a_cell_and_lists_show_how_many_differ(
    operator: Client, both: str, rossi: Customer, bianchi: Customer
) -> None:
    third = make_customer("Verdi")
    make(third, "9", "same")
    for customer in (bianchi, third):
        assert post(operator, "templates", customer=customer.pk, template=rossi.pk)
    assert "different customers" in post(
        operator, "templates", customer=rossi.pk, template=rossi.pk
    )

    page = operator.get(f"/comparison/matrix/?template={rossi.pk}")

    table = {row["name"]: [str(one.label) for one in row["cells"]] for row in page.context["rows"]}
    assert table == {
        "hosts": ["Different", "Missing"],
        "old name": ["Missing", "Missing"],
        "same": ["Same", "Same"],
    }
    only = operator.get(f"/comparison/matrix/?template={rossi.pk}&different=1")
    assert [row["name"] for row in only.context["rows"]] == ["hosts", "old name"]
    told = operator.get("/admin/customers/customer/").content.decode()
    assert "3 differ" in told
    assert "2 differ" in operator.get("/admin/").content.decode()
    file = operator.get(f"/comparison/matrix/csv/?template={rossi.pk}")
    lines = lines_of(file)
    assert lines[1] == "hosts,2,Different,Missing"
    assert post(operator, "templates", customer=third.pk, template="") == "Template removed."
    assert "Verdi" not in {
        column.customer.name
        for column in operator.get(f"/comparison/matrix/?template={rossi.pk}").context["columns"]
    }


def test_a_file_has_the_shown_rows_and_no_formula(
    operator: Client, rossi: Customer, bianchi: Customer
) -> None:
    make(rossi, "1", FORMULA)
    make(bianchi, "1", FORMULA)
    make(rossi, "2", EVIL)

    query = f"source={rossi.pk}&target={bianchi.pk}"
    file = operator.get(f"/comparison/csv/?{query}&status=same")

    lines = lines_of(file)
    assert lines[0] == (
        "Workflow,Status,Differences,Expected differences,Rossi (kind of Rossi): Zuora ID,"
        "Rossi (kind of Rossi): version,Bianchi (kind of Bianchi): Zuora ID,"
        "Bianchi (kind of Bianchi): version"
    )
    assert len(lines) == 2
    assert lines[1].startswith("\"'=HYPERLINK")
    assert EVIL not in operator.get(f"/comparison/?{query}").content.decode()


def test_what_takes_longer_is_done_by_a_job_that_the_page_follows(
    operator: Client, both: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found, "SLICE_SECONDS", -1)

    page = operator.get(f"/comparison/?{both}")

    assert page.context["progress"] == {"missing": 1, "pairs": 2}
    assert '<progress max="2" value="1"' in page.content.decode()
    assert "data-compare-progress" in page.content.decode()
    assert "Not compared yet" in {str(row.label) for row in page.context["rows"]}
    [job] = JobRun.objects.all()
    assert (job.kind, job.customer) == ("compare", None)
    [address] = re.findall(r'data-compare-progress="([^"]+)"', page.content.decode())
    answer = operator.get(address.replace("&amp;", "&")).json()
    assert (answer["missing"], answer["pairs"]) == (1, 2)
    assert answer["text"] == "1 of 2 pairs is not compared yet. A job compares it."
    operator.get(f"/comparison/?{both}")
    assert operator.get(address.replace("&amp;", "&")).json()["missing"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "source=1",
        "source=x&target=y",
        "source=1&target=1",
        "page=9&status=%00",
        "target=9" * 99,
    ],
)
def test_any_address_is_answered(operator: Client, query: str) -> None:
    for path in ("", "progress/", "csv/", "xlsx/", "rules/", "matrix/", "matrix/csv/"):
        assert operator.get(f"/comparison/{path}?{query}").status_code in {200, 404}


@pytest.mark.parametrize("value", ["", "x", "9" * 30, "-1", "\0", "99999"])
def test_any_post_is_answered(operator: Client, both: str, value: str) -> None:
    for path in ("rules/add", "rules/delete", "links/add", "links/delete", "templates"):
        names = ("id", "source", "target", "customer", "template", "kind", "source_text")
        answer = operator.post(f"/comparison/{path}/", dict.fromkeys(names, value))
        assert answer.status_code in {302, 404}
    assert not Template.objects.exists()
