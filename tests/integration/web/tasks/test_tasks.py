"""The list of tasks over all customers, and the page of one."""

import re
from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from tests.integration.web.made_jobs import make_job
from tests.integration.web.mirrored import EVIL, a_document, a_task, a_workflow
from tests.integration.web.shown import shown
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.workflows import queries
from workflow_mirror.workflows.models import Task, Workflow

LIST = "/admin/workflows/task/"
BIG_COLUMNS = ('"json_export"', '"list_row"', '"workflow_task_json"', '"data"')

type Find = Callable[[str], Task]


def change(task: Task) -> str:
    return reverse("admin:workflows_task_change", args=(task.pk,))


def names(browser: Client, query: str) -> list[str]:
    answer = browser.get(LIST + query)
    assert answer.status_code == 200
    return [task.name for task in answer.context["cl"].result_list]


@pytest.fixture
def dunning(rossi: Customer) -> Workflow:
    query = {"query": "SELECT Id\nFROM Invoice", "liquid": "{% if due %}\n  pay\n{% endif %}"}
    return a_workflow(
        rossi,
        "101",
        document=a_document(
            a_task("51", "Find", "Data::Query", object="Invoice", parameters=query),
            a_task("52", "If late", "If", call_type="REST"),
            a_task("53", "Send", "Email"),
        ),
    )


@pytest.fixture
def other(bianchi: Customer) -> Workflow:
    secret = a_task("71", "Secret", "Odd::Kind", object="Hidden", call_type="Whisper")
    return a_workflow(bianchi, "900", name="Secret flow", document=a_document(secret))


@pytest.fixture
def task(db: None) -> Find:
    return lambda name: Task.objects.get(name=name)


def test_a_row_leads_to_the_task_and_to_its_workflow(viewer: Client, dunning: Workflow) -> None:
    page = shown(viewer, LIST)
    assert reverse("admin:workflows_workflow_change", args=(dunning.pk,)) in page
    for text in ("Find", "Data::Query", "Invoice", "Rossi", "51", "REST"):
        assert text in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Find", "If late", "Secret", "Send"]),
        ("?o=-name", ["Send", "Secret", "If late", "Find"]),
        ("?task_type=Data", ["Find"]),
        ("?action_type=Data::Query", ["Find"]),
        ("?object=Invoice", ["Find"]),
        ("?call_type=REST", ["If late"]),
        ("?call_type=REST&object=Invoice", []),
        ("?object=nothing", []),
        ("?q=LATE", ["If late"]),
        ("?q=se", ["Secret", "Send"]),
        ("?q=53", ["Send"]),
        ("?q=5", []),
        ("?q=ecr+71", ["Secret"]),
        ("?q=ecr+72", []),
    ],
)
def test_filters_and_search(
    viewer: Client, dunning: Workflow, other: Workflow, query: str, found: list[str]
) -> None:
    assert names(viewer, query) == found


def test_filters_by_workflow_and_customer(
    viewer: Client, dunning: Workflow, other: Workflow
) -> None:
    assert names(viewer, f"?workflow__id__exact={other.pk}") == ["Secret"]
    assert names(viewer, f"?customer__id__exact={other.customer_id}") == ["Secret"]
    assert "Secret flow</option>" in shown(viewer, f"{LIST}?workflow__id__exact={other.pk}")
    for nonsense in ("x", "0", "9" * 30):
        assert names(viewer, f"?workflow__id__exact={nonsense}") == []


def test_choices_come_from_the_data(viewer: Client, dunning: Workflow, other: Workflow) -> None:
    page = shown(viewer, LIST)
    for value in ("Data", "Data::Query", "Odd::Kind", "Hidden", "Whisper"):
        assert f'<option value="{value}">{value}</option>' in page
    assert 'value="Callout"' not in page


def test_choices_are_found_by_the_index(db: None, rossi: Customer) -> None:
    tasks = [a_task(str(n), "t", ["b", "", "a", "c"][n % 4]) for n in range(40)]
    a_workflow(rossi, "1", document=a_document(*tasks))
    assert queries.values_of(EVERYTHING, Task, ["action_type", "object"]) == {
        "action_type": ["a", "b", "c"],
        "object": [],
    }


def test_pages_of_a_customer_whose_secret_cannot_be_opened_are_shown(
    viewer: Client, dunning: Workflow, settings: Settings
) -> None:
    make_job(dunning.customer, "failed")
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    shown(viewer, change(dunning.tasks.all()[0]))
    for opened in (Customer, Workflow, Task, JobRun):
        name = f"admin:{opened._meta.app_label}_{opened._meta.model_name}"
        shown(viewer, reverse(f"{name}_changelist"))
        row = opened._default_manager.all()[0]
        shown(viewer, reverse(f"{name}_change", args=(row.pk,)))


@pytest.mark.parametrize("query", ["", "?q=task", "?task_type=Query", "?o=-name"])
def test_a_list_costs_the_same_whatever_its_length_and_loads_no_parameters(
    viewer: Client, rossi: Customer, query: str
) -> None:
    a_workflow(rossi, "1", document=a_document(a_task("1", "task 1")))
    viewer.get(LIST + query)
    with CaptureQueriesContext(connection) as few:
        viewer.get(LIST + query)
    for number in range(2, 6):
        tasks = [a_task(str(key), f"task {key}") for key in range(30)]
        a_workflow(rossi, str(number), document=a_document(*tasks))
    with CaptureQueriesContext(connection) as many:
        viewer.get(LIST + query)
    assert len(many) == len(few)
    statements = "".join(entry["sql"] for entry in many)
    assert [column for column in BIG_COLUMNS if column in statements] == []


def test_a_long_search_is_cut_and_says_so(
    viewer: Client, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflow_mirror.web.kit.lists.FOUND", 60)
    tasks = [a_task(str(key), f"task {key:03}") for key in range(80)]
    a_workflow(rossi, "1", document=a_document(*tasks))
    assert "60+" in shown(viewer, f"{LIST}?q=task")
    assert len(names(viewer, "?q=task&p=3")) == 10
    assert len(names(viewer, "?p=4")) == 5


def test_parameters_are_shown_as_text_with_line_breaks(
    viewer: Client, dunning: Workflow, task: Find
) -> None:
    page = shown(viewer, change(task("Find")))
    blocks = re.findall(r"<pre[^>]*>\n(.*?)</pre>", page, re.DOTALL)
    assert [re.sub("</?span[^>]*>", "", block) for block in blocks] == [
        "SELECT Id\nFROM Invoice",
        "{% if due %}\n  pay\n{% endif %}",
    ]
    assert '<span class="zh-word">SELECT</span>' in page
    assert page.count("data-copy-block") == 2


def test_a_task_leads_to_its_workflow_and_neighbours(
    viewer: Client, dunning: Workflow, task: Find
) -> None:
    page = shown(viewer, change(task("If late")))
    assert reverse("admin:workflows_workflow_change", args=(dunning.pk,)) in page
    assert change(task("Find")) in page
    assert change(task("Send")) in page
    first = shown(viewer, change(task("Find")))
    assert "Workflow start" in first
    assert change(task("Send")) not in first


def test_an_edge_to_nowhere_is_no_link(viewer: Client, rossi: Customer, task: Find) -> None:
    document = a_document(a_task("1", "Alone"))
    document["linkages"].append(
        {"source_task_id": "1", "target_task_id": "404", "linkage_type": "Failure"}
    )
    a_workflow(rossi, "1", document=document)
    page = shown(viewer, change(task("Alone")))
    assert "Missing task 404" in page


def test_a_task_whose_workflow_has_lost_its_export_has_a_page(
    viewer: Client, dunning: Workflow, task: Find
) -> None:
    Workflow.objects.update(json_export=None)
    assert viewer.get(change(task("Find"))).status_code == 200


def test_nothing_of_a_task_is_ever_markup(viewer: Client, rossi: Customer, task: Find) -> None:
    evil = a_task(
        f"1{EVIL}",
        EVIL,
        EVIL,
        object=EVIL,
        object_id=EVIL,
        call_type=EVIL,
        priority=EVIL,
        parameters={EVIL: EVIL, "list": [EVIL], "text": f'{{"a": "{EVIL}"}}'},
    )
    a_workflow(rossi, "1", name=EVIL, document=a_document(evil, a_task("2", EVIL * 2)))
    for address in (LIST, f"{LIST}?q=script", change(task(EVIL))):
        page = shown(viewer, address)
        assert EVIL not in page
        assert "&lt;script&gt;" in page


def test_a_limited_user_sees_no_task_or_value_of_another_customer(
    limited: Client,
    dunning: Workflow,
    other: Workflow,
    task: Find,
) -> None:
    page = shown(limited, LIST)
    assert "Find" in page
    assert '<option value="Data::Query">' in page
    for text in ("Bianchi", "Secret", "Odd", "Hidden", "Whisper"):
        assert text not in page
    for query in ("?q=secret", "?object=Hidden", f"?workflow__id__exact={other.pk}"):
        assert names(limited, query) == []
    assert "Secret flow" not in shown(limited, f"{LIST}?workflow__id__exact={other.pk}")
    assert limited.get(change(task("Secret"))).status_code == 404


def test_strangers_and_the_unknown_get_nowhere(
    stranger: Client, dunning: Workflow, task: Find
) -> None:
    for address in (LIST, change(task("Find"))):
        assert stranger.get(address).status_code == 403
        assert Client().get(address)["Location"].startswith("/admin/login/")


def test_nobody_edits_or_deletes_a_task(
    administrator: Client, dunning: Workflow, task: Find
) -> None:
    found = task("Find")
    assert administrator.get(f"{LIST}add/").status_code == 403
    answer = administrator.post(f"{LIST}{found.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 403
    assert Task.objects.filter(pk=found.pk).exists()
