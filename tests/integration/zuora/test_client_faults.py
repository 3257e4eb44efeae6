"""Every fault that a fake Zuora can have, and what the client makes of it."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from tests.integration.zuora.conftest import NO_WAIT, Connect
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.zuora.auth import TenantAccess
from workflow_mirror.zuora.client import RetryPolicy, ZuoraClient
from workflow_mirror.zuora.errors import (
    InvalidCredentialsError,
    MissingPermissionError,
    NeedsAttentionError,
    NotFoundError,
    RateLimitedError,
    ServerTroubleError,
    TryAgainError,
    UnreachableError,
    UnusableAnswerError,
    ZuoraError,
)
from workflow_mirror.zuora.regions import HostPolicy

type Fault = tuple[str, dict[str, Any]]

PASSING: list[Fault] = [
    ("rate_limited", {"retry_after": 0}),
    ("rate_limited", {"reset": 0}),
    ("concurrency_limited", {"retry_after": 0}),
    ("concurrency_limited", {"retry_after": None}),
    ("server_error", {"status": 500}),
    ("server_error", {"status": 502, "body": "html"}),
    ("server_error", {"status": 503, "body": "json", "retry_after": 0}),
    ("server_error", {"status": 500, "body": "workflow"}),
    ("server_error", {"status": 500, "body": "empty"}),
    ("gateway_timeout", {}),
    ("connection_dropped", {}),
    ("cut_body", {"keep": 0.5}),
    ("cut_body", {"keep": 0.0}),
    ("truncated_json", {}),
    ("html", {}),
    ("json_value", {"value": []}),
    ("json_value", {"value": None}),
    ("json_value", {"value": {}}),
    ("empty_body", {}),
    ("success_false", {}),
    ("bad_gzip", {}),
]


@pytest.fixture
def export(client: ZuoraClient, workflows: list[str]) -> Callable[[], dict[str, Any]]:
    return lambda: client.export_workflow(workflows[0])


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("on", ["token", "list", "export"])
def test_a_fault_that_passes_is_outlasted(
    fake: FakeZuora, client: ZuoraClient, workflows: list[str], fault: Fault, on: str
) -> None:
    name, params = fault
    struck = fake.fail(name, on=on, times=2, **params)

    client.list_page(1)

    assert client.export_workflow(workflows[0])["tasks"]
    assert struck.used == 2
    assert len(fake.requests.of(on)) == 3


@pytest.mark.parametrize(("fault", "params"), PASSING)
def test_a_fault_that_stays_is_an_error_once_the_attempts_are_used_up(
    fake: FakeZuora, export: Callable[[], Any], fault: str, params: Any
) -> None:
    struck = fake.fail(fault, on="export", times=None, **params)

    with pytest.raises(TryAgainError) as raised:
        export()

    assert struck.used == NO_WAIT.attempts == 3
    assert raised.value.facts.operation == "export workflow"
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("fault", "params", "kind", "text"),
    [
        (
            "forbidden",
            {"body": "gateway"},
            MissingPermissionError,
            "You do not have the permission",
        ),
        ("forbidden", {"body": "workflow"}, MissingPermissionError, "You do not have the perm"),
        ("forbidden", {"body": "text"}, MissingPermissionError, "HTTP 403, text instead of JSON"),
        ("forbidden", {"body": "empty"}, MissingPermissionError, "HTTP 403, an empty body"),
        ("not_found", {}, NotFoundError, "Invalid ID"),
        ("deleted_before_export", {}, NotFoundError, "HTTP 404"),
        ("html", {"status": 403}, MissingPermissionError, "a web page instead of JSON"),
    ],
)
def test_a_fault_that_waiting_cannot_mend_is_tried_once(
    fake: FakeZuora,
    export: Callable[[], Any],
    fault: str,
    params: Any,
    kind: type[ZuoraError],
    text: str,
) -> None:
    fake.fail(fault, on="export", times=None, **params)

    with pytest.raises(kind, match=text):
        export()

    assert len(fake.requests.of("export")) == 1


def test_a_view_only_role_lists_and_may_not_export(
    tenant: Tenant, client: ZuoraClient, workflows: list[str]
) -> None:
    tenant.options.view_only = True

    assert client.list_page(1).definitions
    with pytest.raises(MissingPermissionError):
        client.export_workflow(workflows[0])


@pytest.mark.parametrize("body", ["gateway", "string_code", "invalid_token", "text", "empty"])
def test_an_expired_token_is_renewed_once_and_the_request_repeated(
    fake: FakeZuora, client: ZuoraClient, export: Callable[[], Any], body: str
) -> None:
    client.list_page(1)
    fake.fail("expired_token", on="export", body=body)

    assert export()["tasks"]

    first, second = fake.requests.of("export")
    assert (first.status, second.status) == (401, 200)
    assert first.token != second.token
    assert len(fake.requests.of("token")) == 2


def test_a_401_that_a_new_token_does_not_help_is_a_refusal(
    fake: FakeZuora, export: Callable[[], Any]
) -> None:
    fake.fail("unauthorized", times=None)

    with pytest.raises(InvalidCredentialsError, match="please sign in first"):
        export()

    assert fake.requests.counts() == {"token": 2, "export": 2}


def test_four_threads_whose_token_dies_at_once_renew_it_once(
    fake: FakeZuora, client: ZuoraClient, tenant: Tenant, workflows: list[str]
) -> None:
    client.list_page(1)
    fake.expire_tokens(tenant)
    together = threading.Barrier(4)

    def export(number: int) -> dict[str, Any]:
        together.wait(5)
        return client.export_workflow(workflows[number % 3])

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(export, range(4)))

    assert len(fake.requests.of("token")) == 2
    assert (
        len({request.token for request in fake.requests.of("export") if request.status == 200}) == 1
    )


@pytest.mark.parametrize("body", ["invalid_client", "message", "bad_request"])
def test_refused_credentials_are_tried_once(
    fake: FakeZuora, client: ZuoraClient, body: Any
) -> None:
    fake.fail("bad_credentials", times=None, body=body)

    with pytest.raises(InvalidCredentialsError, match=r"nvalid|Bad client"):
        client.list_page(1)

    assert fake.requests.counts() == {"token": 1}


@pytest.mark.parametrize("status", [403, 405, 422])
def test_whatever_else_refuses_a_token_means_bad_credentials(
    fake: FakeZuora, client: ZuoraClient, status: int
) -> None:
    fake.fail("empty_body", on="token", status=status)

    with pytest.raises(InvalidCredentialsError):
        client.authenticate()


def test_a_host_without_a_token_endpoint_is_no_zuora(fake: FakeZuora, client: ZuoraClient) -> None:
    fake.fail("html", on="token", status=404)

    with pytest.raises(NeedsAttentionError, match="check the base URL"):
        client.authenticate()


@pytest.mark.parametrize("expires_in", ["3599", "soon", 0, -5])
def test_an_odd_lifetime_does_not_fetch_a_token_for_each_request(
    fake: FakeZuora, client: ZuoraClient, expires_in: Any
) -> None:
    fake.fail("odd_token", expires_in=expires_in)

    for _ in range(3):
        client.list_page(1)

    assert fake.requests.counts() == {"token": 1, "list": 3}


def test_a_token_answer_without_a_token_is_asked_for_again(
    fake: FakeZuora, client: ZuoraClient
) -> None:
    fake.fail("odd_token", drop=["access_token"])

    client.list_page(1)

    assert fake.requests.counts() == {"token": 2, "list": 1}


@pytest.mark.parametrize(
    ("fault", "params"),
    [
        ("rate_limited", {"retry_after": 0.1}),
        ("concurrency_limited", {"retry_after": 0.1}),
        ("server_error", {"status": 503, "retry_after": 0.1}),
    ],
)
def test_a_wait_that_zuora_asks_for_is_kept(
    fake: FakeZuora, export: Callable[[], Any], fault: str, params: Any
) -> None:
    fake.fail(fault, on="export", **params)

    export()

    refused, answered = fake.requests.of("export")
    assert answered.started - refused.finished >= 0.1


def test_without_a_retry_after_the_reset_of_the_rate_limit_is_waited_for(
    fake: FakeZuora, export: Callable[[], Any]
) -> None:
    fake.fail("rate_limited", on="export", retry_after=None, reset=0.1)

    export()

    refused, answered = fake.requests.of("export")
    assert answered.started - refused.finished >= 0.1


def test_a_wait_that_is_too_long_gives_up_at_once(
    fake: FakeZuora, export: Callable[[], Any]
) -> None:
    fake.fail("rate_limited", on="export", times=None, reset=5)
    before = time.monotonic()

    with pytest.raises(RateLimitedError, match="retry after 5 seconds") as raised:
        export()

    assert raised.value.retry_after == 5
    assert len(fake.requests.of("export")) == 1
    assert time.monotonic() - before < 1


def test_a_429_pauses_all_threads_of_the_client(
    fake: FakeZuora, client: ZuoraClient, workflows: list[str]
) -> None:
    client.list_page(1)
    fake.latency = 0.02
    fake.fail("rate_limited", on="export", retry_after=0.15)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(client.export_workflow, workflows * 4))

    exports = fake.requests.of("export")
    [refused] = [request for request in exports if request.status == 429]
    open_at = refused.finished + 0.15
    in_pause = [request for request in exports if refused.finished < request.started < open_at]
    assert len(exports) == 13
    assert len(in_pause) <= 3, "only those that were on their way when the answer came"


def test_a_429_of_the_token_endpoint_is_outlasted(fake: FakeZuora, client: ZuoraClient) -> None:
    fake.fail("rate_limited", on="token", retry_after=0.1)

    client.list_page(1)

    refused, answered = fake.requests.of("token")
    assert answered.started - refused.finished >= 0.1


@pytest.mark.parametrize("part", ["start", "body"])
def test_an_answer_that_takes_too_long_counts_as_none(
    fake: FakeZuora, connect: Connect, workflows: list[str], part: str
) -> None:
    client = connect(timeout=httpx2.Timeout(0.1))
    client.list_page(1)
    fake.fail("slow", on="export", seconds=0.3, part=part)

    assert client.export_workflow(workflows[0])["tasks"]
    assert len(fake.requests.of("export")) == 2


def test_a_zuora_that_is_always_too_slow_is_unreachable(
    fake: FakeZuora, connect: Connect, workflows: list[str]
) -> None:
    client = connect(timeout=httpx2.Timeout(0.05))
    client.list_page(1)
    fake.fail("slow", on="export", times=None, seconds=0.2)

    with pytest.raises(UnreachableError, match=r"did not answer.*timed out"):
        client.export_workflow(workflows[0])


def test_a_host_that_nobody_serves_is_unreachable() -> None:
    access = TenantAccess("http://127.0.0.1:9", "id", "s3cret")
    with (
        ZuoraClient(access, hosts=HostPolicy(allow_local=True), retry=NO_WAIT) as client,
        pytest.raises(UnreachableError, match="refused") as raised,
    ):
        client.authenticate()

    assert client.requests == 3
    assert str(raised.value).isprintable()


def test_each_wait_is_a_line_in_the_log(fake: FakeZuora, connect: Connect) -> None:
    client = connect(retry=RetryPolicy(first_wait=0.05, longest_backoff=0.05, jitter=0))
    fake.fail("server_error", on="list", times=2)

    with capture_logs() as lines:
        client.list_page(1)

    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("Asking Zuora again after a wait", "warning")
    ] * 2
    assert [(line["retry"], line["wait_seconds"]) for line in lines] == [(1, 0.1), (2, 0.1)]
    assert lines[0]["reason"].startswith("Zuora failed to answer (list workflows): HTTP 500")


def test_a_policy_of_one_attempt_never_tries_again(fake: FakeZuora, connect: Connect) -> None:
    fake.fail("server_error", on="list", times=None)

    with pytest.raises(ServerTroubleError):
        connect(retry=RetryPolicy(attempts=1)).list_page(1)

    assert len(fake.requests.of("list")) == 1


def test_an_export_without_a_workflow_in_it_is_unusable(
    client: ZuoraClient, tenant: Tenant, workflows: list[str]
) -> None:
    documents: list[Any] = [{"tasks": []}, {"workflow": None}, []]
    for document in documents:
        tenant.set_export(int(workflows[0]), document)
        with pytest.raises(UnusableAnswerError):
            client.export_workflow(workflows[0])


@pytest.mark.parametrize("end", [ZuoraClient.close, ZuoraClient.give_up])
def test_threads_that_wait_when_the_client_gives_up_ask_nothing_more(
    fake: FakeZuora,
    connect: Connect,
    workflows: list[str],
    end: Callable[[ZuoraClient], None],
) -> None:
    client = connect()
    client.list_page(1)
    client.throttle.pause(30)  # nobody waits for its end
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(client.export_workflow, key) for key in workflows[:2]]
        end(client)
        errors = [future.exception() for future in waiting]

    assert all(isinstance(error, UnreachableError) for error in errors)
    assert not fake.requests.of("export")


def test_a_failed_request_is_not_repeated_after_the_client_gave_up(
    fake: FakeZuora, connect: Connect, workflows: list[str]
) -> None:
    client: ZuoraClient = connect(
        on_request=lambda: client.give_up() if fake.requests.of("list") else None
    )
    client.list_page(1)
    fake.fail("server_error", on="export", times=None)

    with pytest.raises(UnreachableError, match="given up"):
        client.export_workflow(workflows[0])

    assert len(fake.requests.of("export")) <= 1
