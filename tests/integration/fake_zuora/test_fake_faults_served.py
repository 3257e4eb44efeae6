import json
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from workflow_mirror.fake_zuora import FAULT_KINDS, FakeZuora, Tenant, serve

SignIn = Callable[[Tenant], httpx2.Client]
TokenAnswer = Callable[[Tenant], httpx2.Response]


def ids(answer: httpx2.Response) -> list[int]:
    return [row["id"] for row in answer.json()["data"]]


def test_expired_token_ends_the_token_for_good(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client, sign_in: SignIn
) -> None:
    fake.fail("expired_token")

    assert [client.get("/workflows").status_code for _ in range(3)] == [401, 401, 401]
    assert sign_in(acme).get("/workflows").status_code == 200
    assert [r.fault for r in fake.requests.of("list")] == ["expired_token", None, None, None]


def test_unauthorized_leaves_the_token_good(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("unauthorized", body="text")

    assert client.get("/workflows").text == "Authentication error"
    assert client.get("/workflows").status_code == 200


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("gateway", '"success":false'),
        ("workflow", '"errors"'),
        ("text", "Forbidden"),
        ("empty", ""),
    ],
)
def test_forbidden_has_four_bodies(
    fake: FakeZuora, client: httpx2.Client, body: str, text: str
) -> None:
    fake.fail("forbidden", on="export", body=body)

    answer = client.get("/workflows/101/export")

    assert answer.status_code == 403
    assert text in answer.text
    assert bool(answer.text) == bool(text)


def test_not_found_hides_a_definition_that_is_there(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("not_found", on="export", workflow_id=101)

    assert client.get("/workflows/102/export").status_code == 200
    assert client.get("/workflows/101/export").status_code == 404
    assert client.get("/workflows/101/export").status_code == 200


def test_rate_limited_comes_with_and_without_retry_after(
    fake: FakeZuora, client: httpx2.Client
) -> None:
    fake.fail("rate_limited", reset=7, window="day")
    fake.fail("rate_limited", retry_after=0)

    without, with_it = client.get("/workflows"), client.get("/workflows")

    assert without.status_code == with_it.status_code == 429
    assert "Retry-After" not in without.headers
    assert (without.headers["RateLimit-Reset"], without.headers["RateLimit-Remaining"]) == (
        "7",
        "0",
    )
    assert "for the day, retry after 7 seconds" in without.text
    assert with_it.headers["Retry-After"] == "0"


def test_a_rate_limited_token_call_has_its_own_headers(
    fake: FakeZuora, acme: Tenant, token_answer: TokenAnswer
) -> None:
    fake.fail("rate_limited", on="token", retry_after=2)

    answer = token_answer(acme)

    assert (answer.status_code, answer.content) == (429, b"")
    assert answer.headers["X-RateLimit-Remaining-minute"] == "0"
    assert answer.headers["Retry-After"] == "2"
    assert token_answer(acme).status_code == 200


def test_concurrency_limited_names_the_wait_that_is_asked_for(
    fake: FakeZuora, client: httpx2.Client
) -> None:
    fake.fail("concurrency_limited", retry_after=1)

    answer = client.get("/workflows")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert answer.headers["Concurrency-Limit-Type"] == "Default"
    assert answer.json()["reasons"][0]["code"] == 50000070


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("text", "text/plain", "An unexpected error occurred"),
        ("html", "text/html", "<h1>503"),
        ("json", "application/json", '"code":50000060'),
        ("workflow", "application/json", '"errors"'),
    ],
)
def test_a_server_error_has_the_status_and_body_asked_for(
    fake: FakeZuora, client: httpx2.Client, body: str, content_type: str, text: str
) -> None:
    fake.fail("server_error", status=503, body=body, retry_after=3)

    answer = client.get("/workflows")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert answer.headers["Content-Type"].startswith(content_type)
    assert text in answer.text


def test_a_gateway_timeout_is_504_in_html(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("gateway_timeout")

    answer = client.get("/workflows")

    assert answer.status_code == 504
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("part", ["start", "body"])
def test_slow_is_right_but_late(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client, part: str
) -> None:
    fake.fail("slow", seconds=0.1, part=part)
    started = time.monotonic()

    answer = client.get("/workflows/101/export")

    assert time.monotonic() - started >= 0.1
    assert answer.json() == acme.export(101)


def test_a_client_can_give_up_on_a_slow_answer(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("slow", seconds=30)

    with pytest.raises(httpx2.ReadTimeout):
        client.get("/workflows", timeout=httpx2.Timeout(5, read=0.05))

    assert client.get("/workflows").status_code == 200
    deadline = time.monotonic() + 5
    while len(fake.requests) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sorted(record.status for record in fake.requests) == [0, 200]


def test_a_dropped_connection_answers_nothing(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("connection_dropped")

    with pytest.raises(httpx2.RemoteProtocolError):
        client.get("/workflows")

    assert client.get("/workflows").status_code == 200
    assert [record.status for record in fake.requests] == [0, 200]


@pytest.mark.parametrize("accept", ["gzip", "identity"])
def test_a_cut_body_is_shorter_than_its_content_length(
    fake: FakeZuora, client: httpx2.Client, accept: str
) -> None:
    fake.fail("cut_body", keep=0.25)

    with pytest.raises(httpx2.RemoteProtocolError, match="without sending complete message body"):
        client.get("/workflows/101/export", headers={"Accept-Encoding": accept})

    assert client.get("/workflows/101/export").status_code == 200


def test_truncated_json_is_a_whole_answer_that_is_no_json(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client
) -> None:
    fake.fail("truncated_json")

    answer = client.get("/workflows/101/export")

    assert acme.export_body(101).plain.startswith(answer.content)
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_html_comes_instead_of_json(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("html")

    answer = client.get("/workflows")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("value", [[], None, "text", 7, {"data": {}}])
def test_any_json_value_can_come(fake: FakeZuora, client: httpx2.Client, value: Any) -> None:
    fake.fail("json_value", value=value)

    assert client.get("/workflows").json() == value


def test_an_empty_body_is_empty(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("empty_body")

    answer = client.get("/workflows")

    assert (answer.status_code, answer.content) == (200, b"")


def test_success_false_comes_with_200(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("success_false", code=53100061, message="try later")

    answer = client.get("/workflows")

    assert answer.status_code == 200
    assert answer.json()["success"] is False
    assert answer.json()["reasons"] == [{"code": 53100061, "message": "try later"}]


def test_bad_gzip_cannot_be_decoded(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("bad_gzip")

    with pytest.raises(httpx2.DecodingError):
        client.get("/workflows")


def test_a_redirect_names_its_location(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("redirect", status=307, location="https://evil.example.com/workflows")

    answer = client.get("/workflows")

    assert answer.status_code == 307
    assert answer.headers["Location"] == "https://evil.example.com/workflows"


def test_refused_credentials_can_come_for_good_ones(
    fake: FakeZuora, acme: Tenant, token_answer: TokenAnswer
) -> None:
    fake.fail("bad_credentials", body="bad_request")

    assert token_answer(acme).status_code == 400
    assert token_answer(acme).status_code == 200


def test_a_token_answer_can_have_another_form(
    fake: FakeZuora, acme: Tenant, token_answer: TokenAnswer
) -> None:
    fake.fail("odd_token", expires_in="3599")
    fake.fail("odd_token", drop=["expires_in", "jti"])

    assert token_answer(acme).json()["expires_in"] == "3599"
    assert list(token_answer(acme).json()) == ["access_token", "token_type", "scope"]


def test_an_empty_list_has_no_rows_and_no_next_page(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("empty_list")

    assert client.get("/workflows?page_length=2").json() == {
        "data": [],
        "pagination": {"page": 1, "page_length": 0},
    }


def test_a_short_list_claims_to_be_whole(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("short_list", rows=1)

    answer = client.get("/workflows?page_length=2")

    assert ids(answer) == [105]
    assert "next_page" not in answer.json()["pagination"]


def test_a_repeated_page_has_the_rows_of_the_one_before(
    fake: FakeZuora, client: httpx2.Client
) -> None:
    fake.fail("repeated_page")
    found = [client.get(f"/workflows?page_length=2&page={n}") for n in (1, 2, 3)]

    assert [ids(answer) for answer in found] == [[105, 104], [105, 104], [101]]
    assert found[1].json()["pagination"]["page"] == 2
    assert "page=3" in found[1].json()["pagination"]["next_page"]


def test_a_repeated_page_can_lead_to_itself_again(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.fail("repeated_page", pagination="previous")

    answer = client.get("/workflows?page_length=2&page=2")

    assert answer.json()["pagination"]["page"] == 1
    assert "page=2" in answer.json()["pagination"]["next_page"]


def test_a_deletion_between_pages_hides_a_row(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client
) -> None:
    fake.fail("shifting_page")
    found = [ids(client.get(f"/workflows?page_length=2&page={n}")) for n in (1, 2, 3)]

    assert found == [[105, 104], [102, 101], []]
    assert set(acme.definitions) == {101, 102, 103, 104}


def test_an_insertion_between_pages_doubles_a_row(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client
) -> None:
    fake.fail("shifting_page", change="insert", page=2)
    found = [ids(client.get(f"/workflows?page_length=2&page={n}")) for n in (1, 2, 3)]

    assert found == [[105, 104], [104, 103], [102, 101]]
    assert 106 in acme.definitions


def test_a_definition_can_go_between_list_and_export(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client
) -> None:
    fake.fail("deleted_before_export", workflow_id=103)

    assert 103 in ids(client.get("/workflows"))
    assert client.get("/workflows/103/export").status_code == 404
    assert client.get("/workflows/103").status_code == 404
    assert client.get("/workflows/102/export").status_code == 200
    assert set(acme.definitions) == {101, 102, 104, 105}


def test_every_fault_has_been_asked_for_above() -> None:
    with open(__file__, encoding="utf-8") as source:  # noqa: PTH123
        text = source.read()

    assert [name for name in FAULT_KINDS if f'fail("{name}"' not in text] == []


def test_stopping_does_not_wait_for_slow_answers(fake: FakeZuora, acme: Tenant) -> None:
    fake.fail("slow", seconds=30)
    started = time.monotonic()

    with (
        serve(fake) as server,
        httpx2.Client(base_url=server.base_url) as client,
        pytest.raises(httpx2.ReadTimeout),
    ):
        client.get("/workflows", timeout=httpx2.Timeout(5, read=0.05))

    assert acme.definitions
    assert time.monotonic() - started < 2
