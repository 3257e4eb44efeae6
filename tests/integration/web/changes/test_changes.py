"""Changes: the list over all customers, its files, and the week."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.integration.web.conftest import ClientOf, MakeUser
from tests.integration.web.kit.test_downloads import body, read_csv, read_xlsx
from tests.integration.web.made_changes import Kind, an_edit, an_entry, at
from tests.integration.web.mirrored import EVIL, FORMULA, a_document, a_task, a_workflow
from tests.integration.web.shown import shown
from workflow_mirror.access.groups import VIEWERS
from workflow_mirror.customers.models import Customer
from workflow_mirror.history import weeks
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.summaries import MOST_AT_ONCE
from workflow_mirror.workflows.models import Workflow

LIST = "/admin/history/workflowchange/"
WEEK = f"{LIST}week/"
OLD, NEW = (
    a_document(a_task("1", "Ask", parameters={"query": query}))
    for query in ("SELECT a", "SELECT b")
)

pytestmark = pytest.mark.usefixtures("transactional_db")


def listed(browser: Client, query: str = "") -> list[WorkflowChange]:
    answer = browser.get(LIST + query)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


@pytest.fixture
def dunning(rossi: Customer) -> Workflow:
    return a_workflow(rossi, "101", name="Dunning letters")


@pytest.fixture
def other(bianchi: Customer) -> Workflow:
    return a_workflow(bianchi, "900", name="Secret flow")


def test_the_list_shows_the_newest_change_first_in_a_sentence(
    viewer: Client, dunning: Workflow, other: Workflow
) -> None:
    older = an_entry(dunning, seen_at=timezone.now() - timedelta(days=1))
    edit = an_edit(dunning, OLD, NEW, changed_by="ada@example.com")
    newest = an_entry(other, Kind.DELETED)

    assert listed(viewer) == [newest, edit, older]
    page = shown(viewer, LIST)
    assert "1 task edited" in page
    assert "ada@example.com" in page
    assert f"?a={edit.export_before_id}&amp;b={edit.export_after_id}" in page


def test_the_sentences_of_a_page_are_computed_together_and_once(
    viewer: Client, dunning: Workflow
) -> None:
    an_edit(dunning, OLD, NEW)
    with CaptureQueriesContext(connection) as of_one:
        shown(viewer, LIST)
    for _ in range(4):
        an_edit(dunning, OLD, NEW)
    with CaptureQueriesContext(connection) as of_four:
        shown(viewer, LIST)
    with CaptureQueriesContext(connection) as of_none:
        shown(viewer, LIST)

    assert len(of_four) <= len(of_one)
    assert len(of_none) < len(of_four)
    assert not any('"document"' in one["sql"] for one in of_none)


def test_the_number_of_statements_does_not_depend_on_the_number_of_changes(
    limited: Client, dunning: Workflow
) -> None:
    def statements(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            shown(limited, address)
        return len(asked)

    addresses = (
        LIST,
        WEEK,
        "/admin/",
        reverse("admin:workflows_workflow_change", args=[dunning.pk]),
    )
    an_entry(dunning)
    for address in addresses:
        shown(limited, address)
    few = [statements(address) for address in addresses]
    for number in range(10):
        workflow = a_workflow(dunning.customer, f"20{number}")
        an_entry(workflow, Kind.SETTINGS, fields={"timezone": {"before": "", "after": "x"}})
        an_entry(dunning)

    assert [statements(address) for address in addresses] == few
    assert max(few) <= 20


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind=draft", ["draft"]),
        ("?changed_by=ada%40example.com", ["renamed"]),
        ("?seen=today", ["draft"]),
        ("?seen=7", ["renamed", "draft"]),
        ("?seen=30", ["deleted", "renamed", "draft"]),
        ("?seen=nothing", ["created", "deleted", "renamed", "draft"]),
        ("?q=letters", ["deleted", "renamed"]),
        ("?q=dunning+letters", ["deleted", "renamed"]),
        ("?q=101", ["deleted", "renamed"]),
        ("?q=absent", []),
        ("?q=+", ["created", "deleted", "renamed", "draft"]),
    ],
)
def test_the_list_is_filtered_and_searched(
    viewer: Client, dunning: Workflow, other: Workflow, query: str, found: list[str]
) -> None:
    now = timezone.now()
    an_entry(other, Kind.DRAFT, seen_at=now)
    an_entry(dunning, Kind.RENAMED, seen_at=now - timedelta(days=3), changed_by="ada@example.com")
    an_entry(dunning, Kind.DELETED, seen_at=now - timedelta(days=20))
    an_entry(other, Kind.CREATED, seen_at=now - timedelta(days=90))

    assert [entry.kind for entry in listed(viewer, query)] == found[::-1]


def test_the_choice_of_people_jumps_along_the_index(
    limited: Client, dunning: Workflow, other: Workflow
) -> None:
    """The index is partial: without its condition in the query, each step read the whole table."""
    an_entry(dunning, changed_by="ada@example.com")
    an_entry(other, changed_by="eve@example.com")
    with CaptureQueriesContext(connection) as asked:
        shown(limited, LIST)
    [choices] = [one["sql"] for one in asked if "RECURSIVE" in one["sql"]]

    with transaction.atomic(), connection.cursor() as cursor:
        # Of a table with two rows the planner may choose any index: only this one is left to it.
        others = ("customer", "timeline", "seen", "kind")
        cursor.execute(f"DROP INDEX {', '.join(f'workflow_changes_{name}' for name in others)}")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {choices}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        transaction.set_rollback(True)

    assert plan.count("workflow_changes_who") >= 2, plan
    assert "Seq Scan on workflow_changes" not in plan


def test_since_monday_begins_at_its_midnight(viewer: Client, dunning: Workflow) -> None:
    monday = weeks.start_of(weeks.monday_of(timezone.localdate()))
    an_entry(dunning, Kind.DELETED, seen_at=monday - timedelta(seconds=1))
    in_it = an_entry(dunning, seen_at=monday)

    assert listed(viewer, "?seen=week") == [in_it]


def test_a_limited_user_sees_only_changes_of_own_customers(
    limited: Client, dunning: Workflow, other: Workflow
) -> None:
    own = an_entry(dunning, changed_by="ada@example.com")
    hidden = an_entry(other, Kind.DRAFT, changed_by="eve@example.com")

    assert listed(limited) == [own]
    for address in (LIST, WEEK, "/admin/", f"{LIST}?q=flow"):
        page = shown(limited, address)
        assert "Secret flow" not in page
        assert "Bianchi" not in page
        assert "eve@example.com" not in page
    assert limited.get(f"{LIST}{hidden.pk}/change/").status_code == 404


def test_who_may_not_view_workflows_may_not_view_their_changes(
    stranger: Client, dunning: Workflow
) -> None:
    entry = an_entry(dunning)
    for address in (LIST, WEEK, f"{LIST}csv/", f"{LIST}xlsx/", f"{LIST}{entry.pk}/change/"):
        assert stranger.get(address).status_code == 403
    assert "Dunning letters" not in shown(stranger, "/admin/")


def test_a_change_leads_to_its_comparison_or_to_the_timeline(
    viewer: Client, dunning: Workflow
) -> None:
    edit, created = an_edit(dunning, OLD, NEW), an_entry(dunning)

    to_comparison = viewer.get(f"{LIST}{edit.pk}/change/")["Location"]
    to_timeline = viewer.get(f"{LIST}{created.pk}/change/")["Location"]

    assert to_comparison.endswith(f"?a={edit.export_before_id}&b={edit.export_after_id}")
    assert to_timeline == f"/admin/workflows/workflow/{dunning.pk}/change/?tab=history"


def test_the_change_of_a_workflow_without_a_row_is_listed_by_its_zuora_id(
    viewer: Client, dunning: Workflow
) -> None:
    an_entry(dunning, Kind.DELETED)
    dunning.delete()

    assert "101" in shown(viewer, LIST)
    assert "101" in shown(viewer, WEEK)


def test_no_text_from_zuora_is_markup_on_any_page(administrator: Client, rossi: Customer) -> None:
    workflow = a_workflow(rossi, EVIL, name=EVIL, draft_version=EVIL, version=EVIL)
    names = {"name": {"before": EVIL, "after": EVIL}}
    an_entry(workflow, Kind.RENAMED, fields=names, changed_by=EVIL)
    an_entry(workflow, Kind.SETTINGS, fields={EVIL: {"before": 1, "after": 2}}, changed_by=EVIL)
    an_entry(workflow, Kind.DRAFT, fields={"draft_version": {"before": EVIL, "after": EVIL}})

    addresses = [
        "",
        f"workflow/{workflow.pk}/change/?tab=history",
        f"workflow/{workflow.pk}/changes/",
    ]
    for address in ("/admin/", LIST, WEEK, *(f"/admin/workflows/{one}" for one in addresses)):
        assert EVIL not in shown(administrator, address)


def test_files_hold_what_the_list_shows_and_no_formula(
    viewer: Client, rossi: Customer, dunning: Workflow
) -> None:
    formula = a_workflow(rossi, "102", name=FORMULA)
    an_edit(formula, OLD, NEW, changed_by="=1+1", seen_at=at("2026-11-23 08:00"))
    an_entry(dunning, Kind.DELETED)

    csv = read_csv(body(viewer.get(f"{LIST}csv/?kind=content")))
    xlsx = read_xlsx(body(viewer.get(f"{LIST}xlsx/?kind=content")))

    assert csv[0][:2] == ["seen (UTC)", "customer"]
    assert csv[1:] == [
        [
            "2026-11-23 08:00:00",
            "Rossi",
            f"'{FORMULA}",
            "102",
            "Content",
            "1 task edited",
            "'=1+1",
            "",
        ]
    ]
    assert xlsx[1][1:7] == ["Rossi", FORMULA, "102", "Content", "1 task edited", "=1+1"]


def test_a_file_has_more_sentences_than_a_page(viewer: Client, dunning: Workflow) -> None:
    for _ in range(MOST_AT_ONCE + 3):
        an_edit(dunning, OLD, NEW)

    rows = read_csv(body(viewer.get(f"{LIST}csv/")))[1:]

    assert [row[5] for row in rows] == ["1 task edited"] * (MOST_AT_ONCE + 3)


def test_a_file_of_a_filter_that_is_not_offered_is_refused(viewer: Client) -> None:
    assert viewer.get(f"{LIST}csv/?workflow__name__regex=[").status_code == 400


# --- The week


def week_of(browser: Client, day: str) -> dict[str, Any]:
    answer = browser.get(f"{WEEK}?day={day}")
    assert answer.status_code == 200
    return {
        customer["name"]: {
            workflow["name"]: [one.text for one in workflow["changes"]]
            for workflow in customer["workflows"]
        }
        for customer in answer.context["customers"]
    }


def test_a_week_is_from_monday_to_sunday_by_customer_and_workflow(
    viewer: Client, rossi: Customer, dunning: Workflow, other: Workflow
) -> None:
    billing = a_workflow(rossi, "102", name="billing")
    an_entry(dunning, Kind.DELETED, seen_at=at("2026-11-22 23:59"))
    an_entry(dunning, Kind.RESTORED, seen_at=at("2026-11-23 00:00"))
    an_edit(dunning, OLD, NEW, seen_at=at("2026-11-24 08:00"))
    an_entry(billing, seen_at=at("2026-11-25 08:00"))
    an_entry(other, seen_at=at("2026-11-29 23:59"))
    an_entry(other, Kind.DELETED, seen_at=at("2026-11-30 00:00"))

    for day in ("2026-11-23", "2026-11-26", "2026-11-29"):
        assert week_of(viewer, day) == {
            "Bianchi": {"Secret flow": ["Created"]},
            "Rossi": {
                "billing": ["Created"],
                "Dunning letters": ["In Zuora again", "1 task edited"],
            },
        }
    assert week_of(viewer, "2026-11-16") == {"Rossi": {"Dunning letters": ["Deleted in Zuora"]}}
    page = shown(viewer, f"{WEEK}?day=2026-11-26")
    assert "Rossi: 3 changes" in page
    assert "Bianchi: 1 change" in page
    assert "?day=2026-11-16" in page


def test_the_present_week_is_shown_first_and_has_no_next(viewer: Client, dunning: Workflow) -> None:
    an_entry(dunning)
    page = viewer.get(WEEK)
    monday = weeks.monday_of(timezone.localdate())

    assert page.context["week"].monday == monday
    assert page.context["next"] is None
    assert f"What changed since Monday, {monday}" in page.content.decode()


@pytest.mark.parametrize("day", ["x", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-23T08"])
def test_what_is_no_day_is_not_found(viewer: Client, day: str) -> None:
    assert viewer.get(f"{WEEK}?day={day}").status_code == 404


def test_a_week_of_very_many_changes_counts_all_and_lists_the_newest(
    viewer: Client, dunning: Workflow, other: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weeks, "MOST_CHANGES", 3)
    an_entry(other, seen_at=at("2026-11-23 08:00"))
    for hour in range(10, 15):
        an_entry(dunning, Kind.DELETED, seen_at=at(f"2026-11-23 {hour}:00"))

    page = shown(viewer, f"{WEEK}?day=2026-11-23")

    assert week_of(viewer, "2026-11-23") == {
        "Bianchi": {},
        "Rossi": {"Dunning letters": ["Deleted in Zuora"] * 3},
    }
    assert "Rossi: 5 changes" in page
    assert "Counts include all 6 changes" in page


# --- The dashboard


def test_the_dashboard_shows_the_latest_changes_and_leads_to_the_comparison(
    viewer: Client, dunning: Workflow
) -> None:
    an_entry(dunning, seen_at=timezone.now() - timedelta(days=1))
    edit = an_edit(dunning, OLD, NEW)
    for _ in range(5):
        an_entry(dunning, Kind.DELETED, seen_at=timezone.now())

    page = viewer.get("/admin/")

    assert [one.entry.kind for one in page.context["changes"]] == ["deleted"] * 5 + ["content"]
    assert f"?a={edit.export_before_id}&amp;b={edit.export_after_id}" in page.content.decode()


def test_the_dashboard_shows_no_changes_without_permission_to_view_workflows(
    make_user: MakeUser, client_of: ClientOf, dunning: Workflow
) -> None:
    an_entry(dunning)
    user = make_user("vito", VIEWERS)
    [group] = user.groups.all()
    group.permissions.remove(*group.permissions.filter(codename="view_workflow"))

    assert client_of(user).get("/admin/").context["changes"] == []
