import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.zuora.conftest import Connect
from workflow_mirror.fake_zuora import FakeZuora, Tenant, serve
from workflow_mirror.zuora.client import ZuoraClient
from workflow_mirror.zuora.errors import (
    BadDataError,
    NotFoundError,
    UnusableAnswerError,
    WrongHostError,
)
from workflow_mirror.zuora.pages import PAGE_LENGTH, PageWalk


def walked(client: ZuoraClient) -> list[str]:
    return [definition.zuora_id for page in PageWalk(client.list_page) for definition in page]


def test_the_client_lists_gets_and_exports(
    client: ZuoraClient, tenant: Tenant, workflows: list[str]
) -> None:
    page = client.list_page(1)

    assert [definition.zuora_id for definition in page.definitions] == workflows
    assert page.is_last
    assert client.get_workflow(workflows[0]).name == page.definitions[0].name
    assert client.export_workflow(workflows[0]) == tenant.export(int(workflows[0]))


@pytest.mark.parametrize("dialect", ["documented", "newer"])
@pytest.mark.parametrize("no_active_version", ["null", "absent"])
def test_both_dialects_are_read_and_everything_in_them_can_be_exported(
    fake: FakeZuora, connect: Connect, dialect: Any, no_active_version: Any
) -> None:
    other = fake.add_tenant("bianchi", dialect=dialect, no_active_version=no_active_version)
    other.generate(20, tasks=1)
    client = connect(other)

    definitions = client.list_page(1).definitions

    assert {definition.has_active_version for definition in definitions} == {True, False}
    for one in definitions:
        document = client.export_workflow(one.zuora_id, has_active_version=one.has_active_version)
        assert document["workflow"]["version"] == one.version


def test_a_walk_asks_for_the_longest_pages_and_gets_every_row(
    fake: FakeZuora, connect: Connect, tenant: Tenant
) -> None:
    tenant.generate(2 * PAGE_LENGTH + 1, tasks=1, variety=False)

    assert sorted(walked(connect()), key=int) == [str(key) for key in tenant.definitions]
    assert [request.query for request in fake.requests.of("list")] == [
        {"page": str(number), "page_length": "50"} for number in (1, 2, 3)
    ]


@pytest.mark.parametrize("last", ["absent", "null", "empty"])
def test_the_last_page_is_known_in_each_form(
    fake: FakeZuora, connect: Connect, tenant: Tenant, last: Any
) -> None:
    tenant.options.last_next_page = last
    tenant.generate(PAGE_LENGTH, tasks=1, variety=False)

    assert len(walked(connect())) == PAGE_LENGTH
    assert len(fake.requests.of("list")) == 1


def test_a_next_page_on_another_host_is_never_called(
    fake: FakeZuora, connect: Connect, tenant: Tenant
) -> None:
    other_fake = FakeZuora()
    with serve(other_fake) as elsewhere:
        tenant.options.next_page_host = elsewhere.base_url
        tenant.generate(PAGE_LENGTH + 1, tasks=1, variety=False)

        assert len(walked(connect())) == PAGE_LENGTH + 1

    assert len(fake.requests.of("list")) == 2
    assert len(other_fake.requests) == 0


@pytest.mark.parametrize("on", ["list", "export", "token"])
def test_a_redirect_to_another_host_is_not_followed(
    fake: FakeZuora, client: ZuoraClient, workflows: list[str], on: str
) -> None:
    other_fake = FakeZuora()
    with serve(other_fake) as elsewhere:
        fake.fail("redirect", on=on, times=None, location=f"{elsewhere.base_url}/workflows")

        with pytest.raises(WrongHostError, match="check the base URL"):
            client.list_page(1) if on == "list" else client.export_workflow(workflows[0])

    assert len(other_fake.requests) == 0


def test_an_empty_list_is_an_empty_last_page(fake: FakeZuora, client: ZuoraClient) -> None:
    fake.fail("empty_list")

    page = client.list_page(1)

    assert (page.definitions, page.is_last) == ([], True)


@pytest.mark.parametrize("pagination", ["requested", "previous"])
def test_a_repeated_page_ends_the_walk_with_an_error(
    fake: FakeZuora, connect: Connect, tenant: Tenant, pagination: str
) -> None:
    tenant.generate(2 * PAGE_LENGTH, tasks=1, variety=False)
    fake.fail("repeated_page", times=None, pagination=pagination)

    with pytest.raises(UnusableAnswerError, match=r"repeats a page|another page"):
        walked(connect())


@pytest.mark.parametrize("change", ["insert", "delete"])
def test_rows_that_shift_between_two_pages_come_at_most_once(
    fake: FakeZuora, connect: Connect, tenant: Tenant, change: str
) -> None:
    tenant.generate(PAGE_LENGTH + 10, tasks=1, variety=False)
    fake.fail("shifting_page", change=change)

    ids = walked(connect())

    assert len(ids) == len(set(ids))


def test_an_unknown_workflow_is_not_found(client: ZuoraClient) -> None:
    for ask in (client.get_workflow, client.export_workflow):
        with pytest.raises(NotFoundError, match="HTTP 404"):
            ask("999999")


def test_an_answer_about_another_workflow_is_not_taken_for_the_asked_one(
    client: ZuoraClient, tenant: Tenant, workflows: list[str]
) -> None:
    """Definition ids and version ids look alike, and a mix-up would overwrite a workflow."""
    tenant.set_row(int(workflows[0]), {"id": int(workflows[1])})

    with pytest.raises(UnusableAnswerError, match="another workflow"):
        client.get_workflow(workflows[0])


@pytest.mark.parametrize("odd", ["", "../oauth/token", "1/run", "1?version=2", "٣", "-1", "%2e%2e"])
def test_an_id_that_is_no_number_never_becomes_a_path(
    fake: FakeZuora, client: ZuoraClient, odd: str
) -> None:
    for ask in (client.get_workflow, client.export_workflow):
        with pytest.raises(BadDataError, match="no id of a workflow"):
            ask(odd)

    assert len(fake.requests) == 0


def test_a_host_whose_list_is_not_found_is_no_zuora(fake: FakeZuora, client: ZuoraClient) -> None:
    fake.fail("json_value", on="list", status=404, value={"message": "no Route matched"})

    with pytest.raises(WrongHostError, match="no Route matched"):
        client.list_page(1)


def test_gzip_is_asked_for_and_read(
    fake: FakeZuora, client: ZuoraClient, tenant: Tenant, workflows: list[str]
) -> None:
    tenant.edit_task(int(workflows[0]), changes={"parameters": {"template": "è" * 20_000}})

    assert client.export_workflow(workflows[0]) == tenant.export(int(workflows[0]))
    assert {request.headers["accept-encoding"] for request in fake.requests} == {"gzip"}


def test_all_calls_of_a_client_carry_its_track_id(
    fake: FakeZuora, connect: Connect, client: ZuoraClient, workflows: list[str]
) -> None:
    client.list_page(1)
    client.export_workflow(workflows[0])
    other = connect()

    assert [request.operation for request in fake.requests] == ["token", "list", "export"]
    assert {r.headers["zuora-track-id"] for r in fake.requests} == {client.track_id}
    assert other.track_id != client.track_id
    assert re.fullmatch(r"[!-~]{1,64}", client.track_id)
    assert not set(client.track_id) & set(":;\"'")


def test_entity_and_organization_are_sent_only_where_they_are_set(
    fake: FakeZuora, connect: Connect, client: ZuoraClient, tenant: Tenant
) -> None:
    tenant.options.entities, tenant.options.orgs = ("e-1", "e-2"), ("o-1", "o-2")
    chosen = connect(entity_id="e-2", org_ids="o-1,o-2")

    chosen.list_page(1)
    headers = fake.requests.of("list")[0].headers
    assert (headers["zuora-entity-ids"], headers["zuora-org-ids"]) == ("e-2", "o-1,o-2")

    tenant.options.entities = ()
    client.list_page(1)
    headers = fake.requests.of("list")[1].headers
    assert "zuora-entity-ids" not in headers
    assert "zuora-org-ids" not in headers


def test_the_connection_is_used_again(client: ZuoraClient, workflows: list[str]) -> None:
    for zuora_id in workflows * 5:
        client.export_workflow(zuora_id)

    pool: Any = client._http._transport
    assert len(pool._pool.connections) == 1


def test_every_request_is_counted_in_whatever_thread_it_is_sent(
    fake: FakeZuora, connect: Connect, workflows: list[str]
) -> None:
    noted: list[None] = []
    client = connect(on_request=lambda: noted.append(None))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(client.export_workflow, workflows * 20))

    assert client.requests == len(noted) == len(fake.requests) == 61


def test_no_more_than_four_requests_run_at_once(
    fake: FakeZuora, client: ZuoraClient, workflows: list[str]
) -> None:
    fake.latency = 0.02
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(client.export_workflow, workflows * 8))

    assert fake.requests.peak_concurrency() == 4


def test_the_client_reads_and_does_nothing_else(
    fake: FakeZuora, client: ZuoraClient, workflows: list[str]
) -> None:
    client.authenticate()
    walked(client)
    for zuora_id in workflows:
        client.get_workflow(zuora_id)
        client.export_workflow(zuora_id)
        client.export_workflow(zuora_id, has_active_version=False)

    assert not fake.requests.writes()
    assert fake.requests.counts().keys() == {"token", "list", "get", "export"}
    assert {r.method for r in fake.requests if r.operation != "token"} == {"GET"}
