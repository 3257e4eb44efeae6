"""A column is one line in the catalogue; with its migration it is stored and shown everywhere.

Told of `priority`, in a copy of the program that has never heard of it.
"""

import csv
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import workflow_mirror
from tests.acceptance.conftest import KEY
from tests.acceptance.processes import Mirror
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant

LINE = re.compile(r'    Column\("priority", .*\n')
OF_A_WORKFLOW, OF_A_TASK = (
    f'    Column("priority", _("priority"), "priority", shown=({places})),\n'
    for places in ("JSON, TABLE, LIST, FILE", "JSON, TABLE, LIST")
)
PAGES = """
import json
from io import BytesIO
from zipfile import ZipFile
from django.contrib.auth import get_user_model
from django.test import Client
user = get_user_model().objects.filter(username="ada").first()
user = user or get_user_model().objects.create_superuser(username="ada")
browser = Client(headers={"host": "localhost"})
browser.force_login(user)
def get(path):
    answer = browser.get("/admin/workflows/" + path)
    assert answer.status_code == 200, answer
    return b"".join(answer) if answer.streaming else answer.content
book = ZipFile(BytesIO(get("workflow/xlsx/")))
print(json.dumps({
    "workflows": get("workflow/").decode(),
    "tasks": get("task/").decode(),
    "csv": get("workflow/csv/").decode("utf-8-sig"),
    "xlsx": "".join(book.read(name).decode() for name in book.namelist()),
}))
"""


@pytest.fixture
def catalogue(fresh: Mirror, tmp_path: Path) -> Iterator[Path]:
    """Of a copy of the program that the mirror's processes run."""
    copied = shutil.copytree(Path(workflow_mirror.__file__).parent, tmp_path / "workflow_mirror")
    fresh.environ |= {"PYTHONPATH": str(tmp_path), "ZWM_ENCRYPTION_KEYS": KEY}
    server = EmbeddedPostgres(fresh.home)
    server.acquire()
    yield copied / "workflows" / "columns.py"
    server.destroy()


@pytest.fixture
def tenant(zuora: FakeZuora) -> Tenant:
    tenant = zuora.add_tenant("A tenant with priorities", dialect="newer")
    tenant.add_workflow("Dunning", tasks=2)
    return tenant


def surfaces(mirror: Mirror) -> dict[str, Any]:
    [workflow] = mirror.json("workflows", "list")["workflows"]
    table, one, task_table, pages = mirror.run_all(
        ["workflows", "list"],
        ["workflows", "show", str(workflow["id"]), "--json"],
        ["workflows", "show", str(workflow["id"])],
        ["manage", "shell", "--no-imports", "-c", PAGES],
    )
    shown = pages.json
    return {
        "json": workflow.get("priority"),
        "json of tasks": [task.get("priority") for task in one.json["tasks"]],
        "table": "PRIORITY" in table.out,
        "table of tasks": "PRIORITY" in task_table.out.split("TASK", 1)[1],
        "list": "column-priority" in shown["workflows"],
        "list of tasks": "column-priority" in shown["tasks"],
        "csv": next(csv.DictReader(shown["csv"].splitlines())).get("priority"),
        "xlsx": "priority" in shown["xlsx"],
    }


def test_a_column_is_one_line_and_its_migration(
    fresh: Mirror, catalogue: Path, tenant: Tenant, zuora_server: Server
) -> None:
    def migrate() -> None:
        fresh.run("manage", "makemigrations", "workflows")
        fresh.run("migrate")

    text = catalogue.read_text()
    catalogue.write_text(LINE.sub("", text))
    migrate()
    fresh.add_customer(tenant, zuora_server.base_url)
    assert fresh.sync(tenant.name)["status"] == "succeeded"
    nowhere = surfaces(fresh)
    assert not any(value for key, value in nowhere.items() if key != "json of tasks"), nowhere
    assert nowhere["json of tasks"] == [None, None]

    lines = iter([OF_A_WORKFLOW, OF_A_TASK])
    catalogue.write_text(LINE.sub(lambda _line: next(lines), text))
    assert list(lines) == []
    migrate()
    fresh.sync(tenant.name, "--full")
    fresh.run("sync-tasks", "--all")

    [definition] = tenant.definitions.values()
    priority = definition.shown.priority
    document = json.loads(
        fresh.run("workflows", "export", str(fresh.ask("SELECT id FROM workflows"))).out
    )
    assert priority
    assert surfaces(fresh) == {
        "json": priority,
        "json of tasks": [task["priority"] or "" for task in document["tasks"]],
        "table": True,
        "table of tasks": True,
        "list": True,
        "list of tasks": True,
        "csv": priority,
        "xlsx": True,
    }
