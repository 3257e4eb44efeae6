"""The exports of many workflows as one ZIP: which ones, what is in it, and over real HTTP."""

import http.client
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.acceptance.processes import eventually
from tests.integration.web.conftest import ClientOf, MakeUser
from tests.integration.web.mirrored import a_document, a_task, a_workflow
from tests.integration.web.served import Site, Start, servers
from workflow_mirror.access.groups import VIEWERS
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow, WorkflowExport

LIST = "/admin/workflows/workflow/"
ZIP = f"{LIST}zip/"
MEGABYTE = 2**20


def opened(answer: Any) -> zipfile.ZipFile:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    assert re.fullmatch(
        r'attachment; filename="exports-\d{4}-\d\d-\d\d\.zip"', answer["Content-Disposition"]
    )
    book = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.testzip() is None
    return book


def manifest_of(book: zipfile.ZipFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(book.read("manifest.json"))
    assert sorted(book.namelist()) == sorted(
        ["manifest.json", *(file["path"] for file in manifest["files"])]
    )
    return manifest


def names_in(answer: Any) -> list[str]:
    return [file["name"] for file in manifest_of(opened(answer))["files"]]


def a_document_of(version: str | None = None) -> dict[str, Any]:
    document = a_document(a_task("1", "T", note="hidden-on-pages"))
    if version is not None:
        document["workflow"]["version"] = version
    return document


@pytest.fixture
def flows(rossi: Customer, bianchi: Customer) -> list[Workflow]:
    return [
        a_workflow(customer, str(key), name=name, version="0.0.1", document=a_document_of())
        for key, (customer, name) in enumerate(
            [(rossi, "alpha"), (rossi, "beta"), (bianchi, "gamma")]
        )
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["alpha", "beta", "gamma"]),
        ("?o=-name", ["gamma", "beta", "alpha"]),
        ("?q=alp", ["alpha"]),
        ("?customer__id__exact={customer}", ["alpha", "beta"]),
        ("?q=nothing", []),
    ],
)
def test_the_link_above_the_list_downloads_what_the_list_shows(
    viewer: Client, rossi: Customer, flows: list[Workflow], query: str, found: list[str]
) -> None:
    address = query.format(customer=rossi.pk)
    assert f'href="{ZIP}' in viewer.get(f"{LIST}{address}").content.decode()
    assert names_in(viewer.get(f"{ZIP}{address}")) == found


def test_selected_workflows_are_downloaded_and_all_that_match_when_all_are_selected(
    viewer: Client, rossi: Customer, flows: list[Workflow]
) -> None:
    one = {"action": "download_exports", "_selected_action": [flows[1].pk], "index": 0}
    assert names_in(viewer.post(LIST, one)) == ["beta"]
    matching = f"{LIST}?customer__id__exact={rossi.pk}"
    assert names_in(viewer.post(matching, one | {"select_across": 1})) == ["alpha", "beta"]


def test_a_customers_page_leads_to_his_exports(
    viewer: Client, bianchi: Customer, flows: list[Workflow]
) -> None:
    page = f"/admin/customers/customer/{bianchi.pk}"
    shown = viewer.get(f"{page}/change/").content.decode()
    [link] = re.findall(rf'href="({page}/download_exports[^"]*)"', shown)
    assert names_in(viewer.get(link, follow=True)) == ["gamma"]


def test_who_may_not_view_workflows_gets_no_exports(
    make_user: MakeUser, client_of: ClientOf, bianchi: Customer, flows: list[Workflow]
) -> None:
    browser = client_of(make_user("una"))
    action = {"action": "download_exports", "_selected_action": [flows[0].pk], "index": 0}
    page = f"/admin/customers/customer/{bianchi.pk}/download_exports/"
    for answer in (browser.get(ZIP), browser.post(LIST, action), browser.get(page)):
        assert answer.status_code == 403


def test_who_may_view_customers_only_has_no_button(
    make_user: MakeUser, client_of: ClientOf, bianchi: Customer
) -> None:
    user = make_user("una")
    user.user_permissions.add(Permission.objects.get(codename="view_customer"))
    browser, page = client_of(user), f"/admin/customers/customer/{bianchi.pk}"
    shown = browser.get(f"{page}/change/")
    assert shown.status_code == 200
    assert "download_exports" not in shown.content.decode()
    assert browser.get(f"{page}/download_exports/").status_code == 403


def test_a_limited_user_gets_only_exports_of_his_customers(
    limited: Client, bianchi: Customer, flows: list[Workflow]
) -> None:
    foreign = {"action": "download_exports", "_selected_action": [flows[2].pk], "index": 0}
    assert names_in(limited.get(ZIP)) == ["alpha", "beta"]
    assert "gamma" not in names_in(limited.get(f"{ZIP}?customer__id__exact={bianchi.pk}"))
    assert "gamma" not in str(limited.post(LIST, foreign, follow=True).getvalue())


def test_a_file_is_what_the_single_download_is(viewer: Client, flows: list[Workflow]) -> None:
    single = viewer.get(f"{LIST}{flows[0].pk}/json/?download=1").content
    assert b"hidden-on-pages" in single
    book = opened(viewer.get(f"{ZIP}?q=alpha"))
    [file] = manifest_of(book)["files"]
    assert book.read(file["path"]) == single + b"\n"


def test_the_manifest_tells_what_each_file_is(viewer: Client, flows: list[Workflow]) -> None:
    flow, now = flows[0], timezone.now()
    draft = WorkflowExport.objects.create(
        customer=flow.customer,
        workflow=flow,
        workflow_zuora_id=flow.zuora_id,
        content_hash="d" * 64,
        document=a_document_of("0.0.3"),
        first_seen_at=now,
        last_seen_at=now,
    )
    # Zuora's list names version 0.0.2 already, whose export failed.
    Workflow.objects.filter(pk=flow.pk).update(
        json_export=a_document_of("0.0.1"),
        version="0.0.2",
        exported_at=now,
        draft_version="0.0.3",
        draft_hash=draft.content_hash,
        export_error="HTTP 500",
    )
    book = opened(viewer.get(f"{ZIP}?q=alpha"))
    manifest = manifest_of(book)
    active, found_draft = manifest["files"]
    common = {
        "customer": "Rossi",
        "zuora_id": flow.zuora_id,
        "name": "alpha",
        "state": "Active",
        "deleted_at": None,
        "exported_at": now.isoformat(),
    }
    assert active == common | {
        "path": f"rossi-{flow.customer_id}/rossi-0-alpha-v0.0.1-{flow.export_hash[:12]}.json",
        "version": "0.0.1",
        "kind": "active",
        "export_error": "HTTP 500",
        "content_hash": flow.export_hash,
        "sha256": sha256(book.read(active["path"])).hexdigest(),
    }
    assert found_draft == common | {
        "path": f"rossi-{flow.customer_id}/rossi-0-alpha-v0.0.3-draft-dddddddddddd.json",
        "version": "0.0.3",
        "kind": "draft",
        "export_error": None,
        "content_hash": draft.content_hash,
        "sha256": sha256(book.read(found_draft["path"])).hexdigest(),
    }
    assert manifest["missing"] == []
    assert book.getinfo(active["path"]).date_time[0] == now.year


def test_workflows_without_an_export_are_in_the_manifest_with_the_reason(
    viewer: Client, rossi: Customer, flows: list[Workflow]
) -> None:
    a_workflow(rossi, "8", name="failed", version="0.0.7", export_error="HTTP 404")
    a_workflow(rossi, "9", name="new", state="Inactive")
    flows[0].draft_version = "0.0.4"
    flows[0].save(update_fields=["draft_version"])
    manifest = manifest_of(opened(viewer.get(ZIP)))
    assert [file["name"] for file in manifest["files"]] == ["alpha", "beta", "gamma"]
    told = [
        (one["name"], one["version"], one["kind"], one["reason"]) for one in manifest["missing"]
    ]
    assert told == [
        ("alpha", "0.0.4", "draft", "Never exported"),
        ("failed", "0.0.7", "active", "HTTP 404"),
        ("new", "", "active", "Never exported"),
    ]


# --- Over real HTTP


@pytest.fixture
def start(transactional_db: None, tmp_path: Path) -> Iterator[Start]:
    with servers(tmp_path) as start:
        yield start


@pytest.fixture
def session(make_user: Callable[..., User], client_of: ClientOf) -> dict[str, str]:
    """Headers of a request."""
    key = client_of(make_user("vera", VIEWERS)).cookies["sessionid"].value
    return {"Cookie": f"sessionid={key}"}


def fill(customer: Customer, number: int, text: str) -> None:
    """So many workflows, each with an export that holds the text of an SQL expression."""
    keys = map(str, range(number))
    Workflow.objects.bulk_create(
        Workflow(customer=customer, zuora_id=key, name=key) for key in keys
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE workflows SET export_hash = md5(id::text),"  # noqa: S608 - made here
            f" json_export = jsonb_build_object('text', {text})"
        )


@contextmanager
def downloading(site: Site, session: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
    asked = http.client.HTTPConnection("localhost", site.port, timeout=60)
    with closing(asked):
        asked.request("GET", ZIP, headers=session)
        with asked.getresponse() as answer:
            assert answer.status == 200
            yield answer


def most_memory(site: Site) -> int:
    """Bytes that the server has had at its worst."""
    status = Path(f"/proc/{site.process.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024


RANDOM_MEGABYTE = (
    "(SELECT string_agg(md5(workflows.id::text || n), '') FROM generate_series(1, 32768) AS n)"
)


def test_a_zip_of_any_size_needs_the_memory_of_one_document(
    start: Start, rossi: Customer, session: dict[str, str], tmp_path: Path
) -> None:
    fill(rossi, 120, RANDOM_MEGABYTE)
    site = start()
    site.get(LIST, Cookie=session["Cookie"])
    before = most_memory(site)
    path = tmp_path / "exports.zip"
    with downloading(site, session) as answer, path.open("wb") as file:
        while part := answer.read(MEGABYTE):
            file.write(part)
    assert most_memory(site) - before < 40 * MEGABYTE
    with zipfile.ZipFile(path) as book:
        assert sum(member.compress_size for member in book.infolist()) > 60 * MEGABYTE
        assert len(manifest_of(book)["files"]) == 120


def test_slow_clients_hold_no_database_connection(
    start: Start, rossi: Customer, session: dict[str, str]
) -> None:
    """More of them than the server has connections to the database."""
    fill(rossi, 20, RANDOM_MEGABYTE)
    site = start()
    with ExitStack() as stack:
        for _ in range(25):
            answer = stack.enter_context(downloading(site, session))
            assert answer.read(4) == b"PK\3\4"
        assert site.get(LIST, Cookie=session["Cookie"]).status == 200


def test_a_client_that_goes_away_ends_its_download(
    start: Start, rossi: Customer, session: dict[str, str]
) -> None:
    fill(rossi, 20, RANDOM_MEGABYTE)
    site = start()

    def manifests() -> list[str]:
        return [name for name in site.files() if name.endswith("(deleted)")]

    with downloading(site, session) as answer:
        answer.read(MEGABYTE)
        assert len(manifests()) == 2
    eventually(lambda: not manifests())
    assert site.lines("rror") == []
    assert site.get(LIST, Cookie=session["Cookie"]).status == 200
