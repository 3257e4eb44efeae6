from collections.abc import Callable
from urllib.parse import urlencode

import httpx2
import pytest

from workflow_mirror.fake_zuora import FakeZuora, ManualClock, Tenant

SignIn = Callable[[Tenant], httpx2.Client]
TokenAnswer = Callable[[Tenant], httpx2.Response]


def test_good_credentials_give_the_documented_answer(
    acme: Tenant, token_answer: TokenAnswer
) -> None:
    answer = token_answer(acme)

    document = answer.json()
    assert answer.status_code == 200
    assert list(document) == ["access_token", "token_type", "expires_in", "scope", "jti"]
    assert document["token_type"] == "bearer"
    assert document["expires_in"] == 3599
    assert document["scope"].split()[-1] == f"tenant.{acme.number}"
    assert answer.headers["X-RateLimit-Limit-minute"] == "100"
    assert answer.headers["X-RateLimit-Remaining-minute"] == "99"


def test_a_token_expires_after_its_lifetime(client: httpx2.Client, clock: ManualClock) -> None:
    clock.advance(3598)
    before = client.get("/workflows")
    clock.advance(1)
    after = client.get("/workflows")

    assert (before.status_code, after.status_code) == (200, 401)
    assert after.json() == {
        "success": False,
        "reasons": [
            {"code": 90000011, "message": "this resource is protected, please sign in first"}
        ],
    }


def test_several_tokens_of_a_tenant_are_good_at_once(acme: Tenant, sign_in: SignIn) -> None:
    first, second = sign_in(acme), sign_in(acme)

    assert first.headers["Authorization"] != second.headers["Authorization"]
    assert first.get("/workflows").status_code == 200
    assert second.get("/workflows").status_code == 200


def test_a_token_shows_its_own_tenant_only(fake: FakeZuora, acme: Tenant, sign_in: SignIn) -> None:
    globex = fake.add_tenant("globex")
    globex.add_workflow("Only here", tasks=1)

    rows = sign_in(globex).get("/workflows").json()["data"]

    assert [row["name"] for row in rows] == ["Only here"]
    assert rows[0]["id"] in acme.definitions


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Bearer", "Basic abc"])
def test_no_or_a_bad_token_is_refused(
    acme: Tenant, anonymous: httpx2.Client, header: str | None
) -> None:
    answer = anonymous.get("/workflows", headers={"Authorization": header} if header else {})

    assert answer.status_code == 401
    assert acme.name not in answer.text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("string_code", '"code":"90000011"'),
        ("invalid_token", "Invalid token"),
        ("text", "Authentication error"),
        ("empty", ""),
    ],
)
def test_the_body_of_a_401_can_be_chosen(
    fake: FakeZuora, anonymous: httpx2.Client, body: str, text: str
) -> None:
    fake.unauthorized_body = body  # type: ignore[assignment]

    answer = anonymous.get("/workflows")

    assert answer.status_code == 401
    assert text in answer.text
    assert bool(answer.text) == bool(text)


@pytest.mark.parametrize(
    ("body", "status", "document"),
    [
        ("invalid_client", 401, {"error": "invalid_client"}),
        ("message", 401, {"message": "Invalid client id or client secret."}),
        (
            "bad_request",
            400,
            {"error": "invalid_request", "error_description": "Bad client credentials"},
        ),
    ],
)
def test_a_wrong_secret_is_refused_as_chosen(
    fake: FakeZuora,
    acme: Tenant,
    anonymous: httpx2.Client,
    body: str,
    status: int,
    document: object,
) -> None:
    fake.bad_credentials_body = body  # type: ignore[assignment]
    form = {"client_id": acme.client_id, "client_secret": "wrong"}

    answer = anonymous.post("/oauth/token", data=form | {"grant_type": "client_credentials"})

    assert (answer.status_code, answer.json()) == (status, document)


def test_an_unknown_client_and_another_grant_are_refused(
    acme: Tenant, anonymous: httpx2.Client
) -> None:
    form = {"client_id": "x", "client_secret": "y", "grant_type": "client_credentials"}
    assert anonymous.post("/oauth/token", data=form).status_code == 401

    form = {"client_id": acme.client_id, "client_secret": acme.client_secret}
    assert anonymous.post("/oauth/token", data=form).status_code == 400
    form["grant_type"] = "client_credentials"
    assert anonymous.post("/oauth/token", json=form).status_code == 400
    assert anonymous.post("/oauth/token", params=form).status_code == 400
    text = urlencode(form)
    plain = {"Content-Type": "text/plain"}
    assert anonymous.post("/oauth/token", content=text, headers=plain).status_code == 400
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    assert anonymous.post("/oauth/token", content=text, headers=form_type).status_code == 200


def test_tokens_are_limited_by_address_over_all_tenants(
    fake: FakeZuora, acme: Tenant, token_answer: TokenAnswer, clock: ManualClock
) -> None:
    globex = fake.add_tenant("globex")
    fake.token_limit_per_minute = 2
    statuses = [token_answer(tenant).status_code for tenant in (acme, globex, acme)]
    refused = token_answer(acme)
    clock.advance(60)

    assert statuses == [200, 200, 429]
    assert refused.headers["X-RateLimit-Remaining-minute"] == "0"
    assert len(refused.headers["Zuora-Request-Id"]) == 36
    assert token_answer(acme).status_code == 200


def test_the_limit_of_tokens_can_be_off(
    fake: FakeZuora, acme: Tenant, token_answer: TokenAnswer
) -> None:
    fake.token_limit_per_minute = None

    assert {token_answer(acme).status_code for _ in range(110)} == {200}


def test_tokens_can_be_ended_early(
    fake: FakeZuora, acme: Tenant, client: httpx2.Client, sign_in: SignIn
) -> None:
    globex = fake.add_tenant("globex")
    other = sign_in(globex)

    assert fake.expire_tokens(acme) == 1

    assert client.get("/workflows").status_code == 401
    assert other.get("/workflows").status_code == 200
