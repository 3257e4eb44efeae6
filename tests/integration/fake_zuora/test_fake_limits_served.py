from concurrent.futures import ThreadPoolExecutor

import httpx2

from workflow_mirror.fake_zuora import FakeZuora, ManualClock, Tenant


def test_the_rate_limit_answers_as_documented_and_resets(
    client: httpx2.Client, acme: Tenant, clock: ManualClock
) -> None:
    acme.options.requests_per_minute = 3
    statuses = [client.get("/workflows").status_code for _ in range(4)]
    refused = client.get("/workflows")
    clock.advance(60)

    assert statuses == [200, 200, 200, 429]
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert refused.headers["RateLimit-Reset"] == "60"
    assert "Retry-After" not in refused.headers
    assert refused.json() == {
        "reasons": [
            {
                "code": 70,
                "message": "API Rate limit exceeded for the minute, retry after 60 seconds",
            }
        ]
    }
    assert client.get("/workflows").status_code == 200


def test_a_rate_429_can_carry_retry_after(client: httpx2.Client, acme: Tenant) -> None:
    acme.options.change({"requests_per_minute": 0, "rate_retry_after": True})

    assert client.get("/workflows").headers["Retry-After"] == "60"


def test_without_limits_there_are_no_rate_headers(client: httpx2.Client, acme: Tenant) -> None:
    acme.options.change(
        {"requests_per_minute": None, "requests_per_hour": None, "requests_per_day": None}
    )

    assert "RateLimit-Limit" not in client.get("/workflows").headers


def test_more_requests_at_once_than_allowed_are_refused(
    fake: FakeZuora, client: httpx2.Client, acme: Tenant
) -> None:
    acme.options.max_concurrent = 2
    fake.latency = 0.3

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.get("/workflows"), range(4)))

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 2
    assert {answer.headers["Retry-After"] for answer in refused} == {"120"}
    assert refused[0].json()["reasons"][0]["code"] == 50000070
    assert fake.requests.peak_concurrency("acme") == 4
    assert fake.requests.peak_concurrency("globex") == 0


def test_requests_one_after_the_other_are_never_counted_together(
    fake: FakeZuora, client: httpx2.Client, acme: Tenant
) -> None:
    acme.options.max_concurrent = 1

    assert {client.get("/workflows").status_code for _ in range(50)} == {200}
    assert fake.requests.peak_concurrency() == 1


def test_latency_delays_every_answer(fake: FakeZuora, client: httpx2.Client) -> None:
    fake.latency = 0.05

    client.get("/workflows")

    record = fake.requests[-1]
    assert 0.04 < record.finished - record.started < 2
