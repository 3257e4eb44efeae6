"""Secrets of every shape, planted wherever Zuora's texts can hold them: no page shows one, no list
downloads one, no log or table of the command line prints one. Only the export itself is exact.
"""

import io
import json
import zipfile
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client

from workflow_mirror.access.groups import ADMINISTRATORS, OPERATORS, VIEWERS
from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.references.index_again import index_again
from workflow_mirror.workflows.archive.exports import HOLDS_SECRETS
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport
from workflow_mirror.workflows.secrets import MASK

from .conftest import ClientOf, MakeUser
from .made_world import Things, World, make_world
from .test_every_url import body, questions
from .urls import URLS

pytestmark = [pytest.mark.every_page, pytest.mark.usefixtures("transactional_db")]

PARAMETERS: dict[str, Any] = {
    "authorization": {"type": "basic", "username": "hush01Hush", "deep": [{"x": "hush02Hush"}]},
    "headers": [{"key": "X-Api-Key", "value": "hush03Hush"}],
    "url": "https://hooks.slack.com/services/T0/B0/hush04Hush",
    "teams": "https://x.webhook.office.com/webhookb2/1@2/IncomingWebhook/hush05Hush/3",
    "raw_body": json.dumps({"client_secret": "hush06Hush", "page": 2}),
    "script": "const page = 2;\nconst apiKey = 'hush07Hush';\nreturn page;",
    "curl": "curl -H 'Authorization: Bearer hush08Hush' https://erp.example.com/v1",
    "connection": "Server=db;Database=x;User Id=u;Password=hush09Hush;",
    "jdbc": "jdbc:postgresql://robot:hush10Hush@db.example.com/x",
    "key_text": "-----BEGIN RSA PRIVATE KEY-----\nhush11Hush\n-----END RSA PRIVATE KEY-----",
    "password": "hush12Hush",
    "pin": {"passphrase": 778899001122},
    "token=hush13Hush": "as a key",
    "page": "<p>Call https://erp.example.com/v1?api_key=hush14Hush</p>\n",
}
IN_NAMES = "password=hush20Hush"
SECRETS = [f"hush{number:02}Hush" for number in (*range(1, 15), 20)] + ["778899001122"]


@pytest.fixture
def world() -> World:
    world = make_world()
    plant(world.rossi)
    return world


def plant(things: Things) -> None:
    workflow = Workflow.objects.get(pk=things.workflow.pk)
    document = deepcopy(workflow.json_export)
    for task in document["tasks"]:
        task["parameters"] |= PARAMETERS
        task["name"] += f" {IN_NAMES}"
        task["object"] = task["call_type"] = f"x {IN_NAMES}"
    document["workflow"] |= {"name": IN_NAMES, "parameters": PARAMETERS}
    document["linkages"][1]["linkage_type"] = IN_NAMES
    workflow.name = workflow.description = f"Dunning of Rossi {IN_NAMES}"
    workflow.json_export = document
    workflow.save()
    workflow.sync_tasks_from_json()
    index_again([workflow.pk])
    WorkflowExport.objects.filter(pk=things.export.pk).update(document=document)
    WorkflowChange.objects.filter(workflow=workflow, kind="renamed").update(
        fields={"name": {"before": f"old {IN_NAMES}", "after": IN_NAMES}}
    )
    things.task = Task.objects.filter(workflow=workflow).latest("pk")


def found_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.fixture
def browsers(make_user: MakeUser, client_of: ClientOf) -> dict[str, Client]:
    groups = {"administrator": ADMINISTRATORS, "operator": OPERATORS, "viewer": VIEWERS}
    return {name: client_of(make_user(name, group)) for name, group in groups.items()}


def test_no_page_and_no_list_shows_a_secret(
    world: World, browsers: dict[str, Client], caplog: pytest.LogCaptureFixture
) -> None:
    addresses = [
        url.address(world.rossi, world)
        for name, url in URLS.items()
        if name != "workflows_workflow_zip"
    ]
    asked = [one for one in questions(world.rossi) if "/zip/" not in one]
    preview = URLS["workflows_workflow_preview"].address(world.rossi, world)
    more = [
        f"/admin/workflows/task/{world.rossi.task.pk}/change/?at=parameters.url&find=hooks",
        *(
            f"/admin/workflows/workflow/{world.rossi.workflow.pk}/change/?tab={tab}{version}"
            for tab in ("overview", "graph", "tasks", "json", "history", "jobs")
            for version in ("", f"&version={world.rossi.export.pk}")
        ),
        preview.replace("at=mail", "at=page"),
        "/search/?q=has:secret",
        "/search/?q=Bearer",
        "/search/csv/?q=has:secret",
    ]
    found = {
        address: secrets
        for address in [*addresses, *asked, *more]
        if (secrets := found_in(body(browsers["administrator"].get(address))))
    }
    assert found == {}
    assert found_in(caplog.text) == []


def test_a_task_page_says_that_it_masks_and_reveals_by_post(
    world: World, browsers: dict[str, Client]
) -> None:
    page = f"/admin/workflows/task/{world.rossi.task.pk}/change/"
    reveal = f"/admin/workflows/task/{world.rossi.task.pk}/reveal/"
    shown = browsers["administrator"].get(page)
    assert MASK in body(shown)
    assert "Reveal secrets" in body(shown)
    assert "Reveal secrets" not in body(browsers["operator"].get(page))

    revealed = browsers["administrator"].post(reveal)

    assert {"hush01Hush", "hush07Hush", "hush12Hush"} <= set(found_in(body(revealed)))
    assert "no-store" in revealed["Cache-Control"]
    assert browsers["administrator"].get(reveal)["Location"] == page


@pytest.mark.parametrize(
    "address",
    [
        "/admin/workflows/task/{task}/reveal/",
        "/admin/workflows/workflow/{workflow}/task/?task={zuora_id}",
        "/admin/workflows/workflow/{workflow}/task/?task={zuora_id}&version={export}",
        "/admin/workflows/workflow/{workflow}/json/",
        "/admin/workflows/workflow/{workflow}/exports/{export}/",
    ],
)
def test_revealing_needs_the_permission_and_is_audited_also_when_it_is_refused(
    world: World, browsers: dict[str, Client], address: str
) -> None:
    things = world.rossi
    address = address.format(
        task=things.task.pk, workflow=things.workflow.pk, export=things.export.pk,
        zuora_id=things.task.zuora_id,
    )  # fmt: skip
    for name, outcome in (("operator", Outcome.REFUSED), ("administrator", Outcome.DONE)):
        answer = browsers[name].post(address)
        event = AuditEvent.objects.latest("pk")
        assert (event.actor, event.action, event.outcome) == (
            name, Action.SECRETS_REVEALED, outcome,
        )  # fmt: skip
        assert event.customer_id == things.customer.pk
        assert event.address == "127.0.0.1"
        assert bool(found_in(body(answer))) is (outcome == Outcome.DONE)
        assert answer.status_code == (200 if outcome == Outcome.DONE else 403)
        assert found_in(event.target + json.dumps(event.details)) == []


@pytest.mark.parametrize("address", ["json/", "exports/{export}/"])
def test_a_download_is_exact_and_needs_the_permission_where_it_holds_secrets(
    world: World, browsers: dict[str, Client], address: str
) -> None:
    for things, allowed in ((world.rossi, False), (world.bianchi, True)):
        pk, export = things.workflow.pk, address.format(export=things.export.pk)
        url = f"/admin/workflows/workflow/{pk}/{export}?download=1"
        document = Workflow.objects.get(pk=pk).json_export
        answer = browsers["administrator"].get(url)
        assert json.loads(answer.content) == document
        assert found_in(answer["Content-Disposition"]) == []
        assert browsers["viewer"].get(url).status_code == (200 if allowed else 403)
        event = AuditEvent.objects.latest("pk")
        assert (event.actor, event.action) == ("viewer", Action.EXPORT_DOWNLOADED)
        assert event.outcome == (Outcome.DONE if allowed else Outcome.REFUSED)


def test_a_zip_leaves_exports_with_secrets_out_without_the_permission(
    world: World, browsers: dict[str, Client]
) -> None:
    files, missing = zipped(browsers["viewer"])
    assert found_in(files) == []
    assert "bianchi" in files
    assert {one["reason"] for one in missing if one["zuora_id"] == "4100"} == {HOLDS_SECRETS}
    assert set(found_in(zipped(browsers["administrator"])[0])) == set(SECRETS)
    events = AuditEvent.objects.filter(action=Action.EXPORTS_DOWNLOADED).order_by("pk")
    assert [one.actor for one in events] == ["viewer", "administrator"]
    assert [one.details["with_secrets"] for one in events] == [False, True]


def zipped(browser: Client) -> tuple[str, list[dict[str, Any]]]:
    """Names and contents of the files, and the missing ones of the manifest."""
    answer: Any = browser.get("/admin/workflows/workflow/zip/")
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as book:
        manifest = json.loads(book.read("manifest.json"))
        files = [name for name in book.namelist() if name != "manifest.json"]
        return "\n".join(f"{name}\n{book.read(name).decode()}" for name in files), manifest[
            "missing"
        ]
