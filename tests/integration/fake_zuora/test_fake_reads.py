import gzip
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import httpx2
import pytest

from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant, Triggers

SignIn = Callable[[Tenant], httpx2.Client]


def ids(answer: httpx2.Response) -> list[int]:
    return [row["id"] for row in answer.json()["data"]]


def pages(client: httpx2.Client, first: str) -> Iterator[dict[str, Any]]:
    url: str | None = first
    while url:
        document = client.get(url).json()
        yield document
        url = document["pagination"].get("next_page")


def test_the_list_shows_rows_newest_first(client: httpx2.Client, acme: Tenant) -> None:
    answer = client.get("/workflows")

    assert ids(answer) == [105, 104, 103, 102, 101]
    assert answer.json()["data"][0] == acme.row(105)
    assert answer.json()["pagination"] == {"page": 1, "page_length": 5}


def test_following_next_page_gives_every_row_once(client: httpx2.Client, server: Server) -> None:
    found = list(pages(client, "/workflows?page_length=2"))

    assert [row["id"] for page in found for row in page["data"]] == [105, 104, 103, 102, 101]
    assert found[0]["pagination"] == {
        "page": 1,
        "page_length": 2,
        "next_page": f"{server.base_url}/workflows?page=2&page_length=2",
    }
    assert found[2]["pagination"] == {"page": 3, "page_length": 1}


def test_a_full_last_page_names_no_next_one(client: httpx2.Client, acme: Tenant) -> None:
    acme.add_workflow(tasks=1)

    assert "next_page" in client.get("/workflows?page_length=3&page=1").json()["pagination"]
    assert "next_page" not in client.get("/workflows?page_length=3&page=2").json()["pagination"]


def test_a_page_has_twenty_rows_by_default_and_fifty_at_most(
    client: httpx2.Client, acme: Tenant
) -> None:
    acme.generate(60, tasks=1)

    assert len(ids(client.get("/workflows"))) == 20
    assert len(ids(client.get("/workflows?page_length=51"))) == 50
    assert "page=2&page_length=50" in client.get("/workflows?page_length=99").text
    acme.options.too_long_page = "error"
    assert client.get("/workflows?page_length=51").status_code == 400
    assert client.get("/workflows?page_length=50").status_code == 200


def test_a_page_past_the_end_is_empty(client: httpx2.Client) -> None:
    answer = client.get("/workflows?page=9")

    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert "next_page" not in answer.json()["pagination"]


@pytest.mark.parametrize(("form", "value"), [("null", None), ("empty", "")])
def test_the_last_next_page_can_be_null_or_empty(
    client: httpx2.Client, acme: Tenant, form: Any, value: str | None
) -> None:
    acme.options.last_next_page = form

    assert client.get("/workflows").json()["pagination"]["next_page"] == value


def test_next_page_can_name_another_host(client: httpx2.Client, acme: Tenant) -> None:
    acme.options.next_page_host = "https://evil.example.com"

    pagination = client.get("/workflows?page_length=2").json()["pagination"]

    assert pagination["next_page"] == "https://evil.example.com/workflows?page=2&page_length=2"


def test_the_filters_let_through_what_they_name(client: httpx2.Client, acme: Tenant) -> None:
    nightly = Triggers(ondemand=False, scheduled=True, interval="0 0 3 * * *", timezone="Rome")
    scheduled = acme.add_workflow("Nightly run", tasks=1, triggers=nightly).id
    called = acme.add_workflow(
        "Called", tasks=1, triggers=Triggers(ondemand=False, callout=True)
    ).id

    assert ids(client.get("/workflows", params={"name": "Nightly run"})) == [scheduled]
    assert ids(client.get("/workflows", params={"name": "Nightly"})) == []
    assert ids(client.get("/workflows", params={"interval": "0 0 3 * * *"})) == [scheduled]
    assert called in ids(client.get("/workflows?callout_trigger=true"))
    assert scheduled not in ids(client.get("/workflows?callout_trigger=true"))
    assert scheduled in ids(client.get("/workflows?ondemand_trigger=false"))
    assert scheduled not in ids(client.get("/workflows?scheduled_trigger=false"))
    acme.options.name_filter = "contains"
    assert ids(client.get("/workflows", params={"name": "nightly"})) == [scheduled]


def test_filters_survive_in_next_page_or_not(client: httpx2.Client, acme: Tenant) -> None:
    name = acme.definitions[101].name
    acme.add_workflow(name, tasks=1)
    query = {"name": name, "page_length": "1"}

    assert "name=" in client.get("/workflows", params=query).json()["pagination"]["next_page"]
    acme.options.next_page_keeps_filters = False
    assert "name=" not in client.get("/workflows", params=query).json()["pagination"]["next_page"]


def test_the_order_can_be_turned(client: httpx2.Client, acme: Tenant) -> None:
    acme.options.order = "oldest_first"

    assert ids(client.get("/workflows?page_length=2")) == [101, 102]


def test_get_gives_one_definition(client: httpx2.Client, acme: Tenant) -> None:
    document = client.get("/workflows/103").json()

    assert document["id"] == 103
    assert document["priority"]
    assert "latest_inactive_verisons" not in document
    assert document["active_version"] == acme.row(103)["active_version"]


def test_versions_are_listed_without_status(client: httpx2.Client, acme: Tenant) -> None:
    acme.add_version(101, activate=False)

    rows = client.get("/workflows/101/versions").json()["data"]

    assert [row["version"] for row in rows] == ["0.0.1", "0.0.2"]
    assert all("status" not in row for row in rows)


@pytest.mark.parametrize("path", ["/workflows/999", "/workflows/999/export", "/workflows/x/export"])
def test_an_unknown_definition_is_404(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.json()["errors"][0].startswith("Invalid ID")


def test_a_version_id_is_no_definition_id(client: httpx2.Client, acme: Tenant) -> None:
    version_id = acme.definitions[105].versions[0].id

    assert version_id not in acme.definitions
    assert client.get(f"/workflows/{version_id}/export").status_code == 404


def test_a_deleted_definition_is_gone_everywhere(client: httpx2.Client, acme: Tenant) -> None:
    acme.delete(103)

    assert 103 not in ids(client.get("/workflows"))
    for tail in ("", "/export", "/versions"):
        assert client.get(f"/workflows/103{tail}").status_code == 404
    acme.restore(103)
    assert 103 in ids(client.get("/workflows"))


def test_an_export_is_the_document_that_the_tenant_holds(
    client: httpx2.Client, acme: Tenant
) -> None:
    assert client.get("/workflows/101/export").json() == acme.export(101)


def test_an_export_of_a_version_is_that_version(client: httpx2.Client, acme: Tenant) -> None:
    acme.add_version(101)
    acme.add_version(101, activate=False)

    def version(query: str) -> str:
        text: str = client.get(f"/workflows/101/export{query}").json()["workflow"]["version"]
        return text

    assert version("") == "0.0.2"
    assert version("?version=0.0.1") == "0.0.1"
    assert version("?version=latest") == "0.0.3"


def test_a_wrong_version_is_refused_as_documented(client: httpx2.Client) -> None:
    missing = client.get("/workflows/101/export?version=7.0.0")
    invalid = client.get("/workflows/101/export?version=x.y")

    assert missing.status_code == 404
    assert missing.json() == {
        "errors": [
            {"status": 400, "code": "invalid", "title": "Workflow version '7.0.0' is not found."}
        ]
    }
    assert invalid.status_code == 400
    assert invalid.json()["errors"][0]["title"] == "The input of version 'x.y' is invalid."


def test_without_an_active_version_only_latest_exports(client: httpx2.Client, acme: Tenant) -> None:
    acme.deactivate(101)

    assert client.get("/workflows/101/export").status_code == 404
    assert client.get("/workflows/101/export?version=latest").status_code == 200


def test_raw_bytes_are_served_as_they_are(client: httpx2.Client, acme: Tenant) -> None:
    acme.set_export(101, b'{"tasks": [')

    answer = client.get("/workflows/101/export")

    assert answer.content == b'{"tasks": ['
    assert answer.headers["Content-Type"].startswith("application/json")


def test_changes_are_seen_while_the_server_runs(client: httpx2.Client, acme: Tenant) -> None:
    client.get("/workflows/101/export")

    task = acme.edit_task(101, changes={"name": "Nuovo: più veloce"})

    assert client.get("/workflows/101/export").json()["tasks"][0] == task


@pytest.mark.parametrize(("method", "path"), [("GET", "/workflows"), ("POST", "/oauth/token")])
def test_no_answer_comes_between_changes_made_under_the_lock(
    client: httpx2.Client, acme: Tenant, fake: FakeZuora, method: str, path: str
) -> None:
    with fake.lock:
        acme.delete(105)
        with pytest.raises(httpx2.ReadTimeout):
            client.request(method, path, timeout=httpx2.Timeout(5, read=0.05))
        acme.delete(104)

    assert ids(client.get("/workflows")) == [103, 102, 101]


def test_a_change_waits_for_the_lock(acme: Tenant, fake: FakeZuora) -> None:
    change = Thread(target=acme.rename, args=(101, "Changed"))
    with fake.lock:
        change.start()
        change.join(0.05)
        assert acme.definitions[101].name != "Changed"

    change.join(5)
    assert acme.definitions[101].name == "Changed"


def test_gzip_comes_when_asked_for_and_worth_it(client: httpx2.Client, acme: Tenant) -> None:
    acme.set_export(102, {"small": True})

    def encoding(path: str, accept: str) -> str | None:
        answer = client.get(path, headers={"Accept-Encoding": accept})
        return answer.headers.get("Content-Encoding")

    assert encoding("/workflows/101/export", "gzip, deflate") == "gzip"
    assert encoding("/workflows/101/export", "identity") is None
    assert encoding("/workflows/101/export", "gzip;q=0") is None
    assert encoding("/workflows/102/export", "gzip") is None


def test_the_compressed_bytes_are_the_same_document(client: httpx2.Client, acme: Tenant) -> None:
    with client.stream("GET", "/workflows/101/export") as answer:
        raw = b"".join(answer.iter_raw())

    assert len(raw) < len(acme.export_body(101).plain) / 2
    assert gzip.decompress(raw) == acme.export_body(101).plain


def test_the_documented_headers_come_with_every_answer(client: httpx2.Client) -> None:
    answer = client.get("/workflows", headers={"Zuora-Track-Id": "sync-42"})
    other = client.get("/workflows")

    assert answer.headers["Zuora-Track-Id"] == "sync-42"
    assert "Zuora-Track-Id" not in other.headers
    assert len(answer.headers["Zuora-Request-Id"]) == 36
    assert answer.headers["Zuora-Request-Id"] != other.headers["Zuora-Request-Id"]
    assert answer.headers["RateLimit-Limit"].startswith("50000, 50000;w=60, 2250000;w=3600")
    assert int(other.headers["RateLimit-Remaining"]) == 50_000 - 2
    assert 0 < int(answer.headers["RateLimit-Reset"]) <= 60


def test_several_entities_need_one_to_be_named(fake: FakeZuora, sign_in: SignIn) -> None:
    globex = fake.add_tenant("globex", entities=("e-1", "e-2"))
    globex.add_workflow("Everywhere", tasks=1)
    globex.add_workflow("Only in two", tasks=1, entity="e-2")
    client = sign_in(globex)

    def listed(entity: str) -> list[int]:
        return ids(client.get("/workflows", headers={"Zuora-Entity-Ids": entity}))

    assert client.get("/workflows").status_code == 403
    assert client.get("/workflows", headers={"Zuora-Entity-Ids": "e-9"}).status_code == 403
    assert listed("e-1") == [101]
    assert listed("e-2") == [102, 101]
    for entity, status in (("e-1", 404), ("e-2", 200)):
        headers = {"Zuora-Entity-Ids": entity}
        assert client.get("/workflows/102/export", headers=headers).status_code == status


def test_orgs_narrow_the_list_and_foreign_ones_fail(fake: FakeZuora, sign_in: SignIn) -> None:
    globex = fake.add_tenant("globex", orgs=("o-1", "o-2"))
    globex.add_workflow(tasks=1, org="o-1")
    globex.add_workflow(tasks=1, org="o-2")
    client = sign_in(globex)

    def answer(orgs: str) -> httpx2.Response:
        return client.get("/workflows", headers={"Zuora-Org-Ids": orgs})

    assert ids(client.get("/workflows")) == [102, 101]
    assert ids(answer("o-2")) == [102]
    assert ids(answer("o-1, o-2")) == [102, 101]
    assert answer("o-1,o-9").status_code == 403


def test_a_view_only_user_may_list_but_not_export(client: httpx2.Client, acme: Tenant) -> None:
    acme.options.view_only = True

    assert client.get("/workflows").status_code == 200
    assert client.get("/workflows/101/versions").status_code == 200
    assert client.get("/workflows/101/export").status_code == 403


def test_a_user_without_workflow_access_gets_nothing(client: httpx2.Client, acme: Tenant) -> None:
    acme.options.workflow_access = False

    assert client.get("/workflows").status_code == 403
    assert client.get("/workflows/101").status_code == 403


def test_run_state_moves_with_every_export_if_asked_for(
    client: httpx2.Client, acme: Tenant
) -> None:
    """API.md section 14 lists the fields; nothing else of the export differs."""
    before = client.get("/workflows/101/export").json()
    acme.options.runs_between_exports = True

    first, second, third = (client.get("/workflows/101/export").json() for _ in range(3))

    assert third == acme.export(101)
    assert first["workflow"]["started_at"] < second["workflow"]["started_at"]
    assert first["tasks"][0]["data_size"] < second["tasks"][0]["data_size"]
    assert differing(before["workflow"], second["workflow"]) == {
        *("started_at", "finished_at", "data", "status", "task_summary", "original_workflow_id")
    }
    task_fields = {
        *("status", "error", "error_class", "error_details", "process_id", "data_size"),
        *("restart_at", "original_task_id", "original_workflow_id", "iterate_row_reference"),
        "object_batched_reference",
    }
    task = before["tasks"][0]
    assert set().union(*(differing(task, e["tasks"][0]) for e in (first, second, third))) == (
        task_fields
    )
    assert first["linkages"] == before["linkages"]


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {key for key in one | other if one.get(key) != other.get(key)}
