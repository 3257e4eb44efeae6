"""Promise 6: how long a token lives, and whose it is."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_mirror.zuora.auth import (
    EXPIRY_MARGIN,
    MemoryTokenStore,
    TenantAccess,
    Token,
    TokenAuth,
    TokenStore,
    read_token,
)
from workflow_mirror.zuora.errors import UnusableAnswerError

NOW = datetime(2025, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCESS = TenantAccess("https://rest.zuora.com", "client", "s3cret", entity_id="e1", org_ids="o1")


def token(value: str = "first", lifetime: timedelta = HOUR) -> Token:
    return Token(value, datetime.now(UTC) + lifetime)


def obtained(
    store: TokenStore, key: str, fetch: Callable[[], Token], rejected: str | None
) -> Token:
    return store.obtain(key, lambda _still_at_it: fetch(), rejected, time.sleep)


def lifetime_of(answer: dict[str, Any]) -> timedelta:
    return read_token({"access_token": "t", **answer}, NOW).expires_at - NOW


@pytest.mark.parametrize("expires_in", [3599, "3599", 3599.0, " 3599 "])
def test_a_token_is_used_until_a_margin_before_its_end(expires_in: Any) -> None:
    assert lifetime_of({"expires_in": expires_in}) == timedelta(seconds=3599) - EXPIRY_MARGIN


@pytest.mark.parametrize(
    "nonsense", ["soon", "", None, [], {}, "nan", "inf", "1e300", 0, -1, float("inf"), 10**400]
)
def test_a_nonsensical_lifetime_counts_as_an_hour(nonsense: Any) -> None:
    assert lifetime_of({"expires_in": nonsense}) == HOUR - EXPIRY_MARGIN


def test_a_missing_lifetime_counts_as_an_hour() -> None:
    assert lifetime_of({}) == HOUR - EXPIRY_MARGIN


def test_the_margin_leaves_a_short_lived_token_most_of_its_life() -> None:
    """Otherwise each request would fetch a token of its own."""
    assert lifetime_of({"expires_in": 40}) == timedelta(seconds=36)


@settings(deadline=None)
@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()))
def test_no_lifetime_raises(expires_in: Any) -> None:
    assert lifetime_of({"expires_in": expires_in}) > timedelta(0)


def test_a_token_is_fresh_until_it_expires() -> None:
    fresh = Token("t", NOW)

    assert fresh.is_fresh(NOW - timedelta(seconds=1))
    assert not fresh.is_fresh(NOW)


def test_the_scope_names_the_entities() -> None:
    scope = "user.7c4 entity.1a2b entity.c92e service.echo.read tenant.19"

    assert read_token({"access_token": "t", "scope": scope}, NOW).entity_ids == ("1a2b", "c92e")
    assert read_token({"access_token": "t", "scope": None}, NOW).entity_ids == ()
    assert read_token({"access_token": "t"}, NOW).entity_ids == ()


@pytest.mark.parametrize(
    "answer",
    [None, [], "text", {}, {"access_token": ""}, {"access_token": 5}, {"access_token": None}]
    + [{"access_token": odd} for odd in ("two words", "line\nbreak", "t€xt", "nul\0", "\x7f")],
)
def test_an_answer_without_a_usable_token_is_refused_and_not_repeated(answer: Any) -> None:
    """A token with a line break would come back in the text of the HTTP library's error."""
    with pytest.raises(UnusableAnswerError) as refusal:
        read_token(answer, NOW)

    assert str(refusal.value) == "Zuora's token answer holds no token"


@pytest.mark.parametrize(
    "other",
    [
        {"base_url": "https://rest.eu.zuora.com"},
        {"client_id": "another"},
        {"client_secret": "corrected"},
        {"entity_id": "e2"},
    ],
)
def test_no_token_is_shared_between_hosts_or_credentials(other: dict[str, str]) -> None:
    assert replace(ACCESS, **other).cache_key != ACCESS.cache_key
    assert replace(ACCESS, org_ids="o2").cache_key == ACCESS.cache_key


def test_the_cache_key_keeps_its_parts_apart() -> None:
    one = TenantAccess("https://rest.zuora.com", "ab", "c")
    two = TenantAccess("https://rest.zuora.com", "a", "bc")

    assert one.cache_key != two.cache_key


def test_neither_a_repr_nor_the_cache_key_shows_a_secret() -> None:
    shown = f"{ACCESS!r} {ACCESS} {ACCESS.cache_key} {token('t0ken')!r} {token('t0ken')}"

    assert "s3cret" not in shown
    assert "t0ken" not in shown


def test_a_store_fetches_once_and_then_remembers() -> None:
    store, fetched = MemoryTokenStore(), count(1)

    values = {
        obtained(store, "k", lambda: token(f"t{next(fetched)}"), None).value for _ in range(3)
    }

    assert values == {"t1"}


def test_a_store_keeps_keys_apart() -> None:
    store = MemoryTokenStore()

    assert obtained(store, "a", lambda: token("for a"), None).value == "for a"
    assert obtained(store, "b", lambda: token("for b"), None).value == "for b"
    assert obtained(store, "a", lambda: token("another"), None).value == "for a"


def test_a_store_replaces_an_old_token_and_a_rejected_one() -> None:
    store = MemoryTokenStore()
    obtained(store, "k", lambda: token("old", timedelta(0)), None)

    assert obtained(store, "k", lambda: token("new"), None).value == "new"
    assert obtained(store, "k", lambda: token("newer"), "new").value == "newer"
    assert obtained(store, "k", lambda: token("unneeded"), "new").value == "newer"


def test_a_failed_fetch_leaves_the_store_usable() -> None:
    store = MemoryTokenStore()

    with pytest.raises(ZeroDivisionError):
        obtained(store, "k", lambda: token(str(1 / 0)), None)

    assert obtained(store, "k", token, None).value == "first"


def test_threads_that_need_a_token_at_once_fetch_one() -> None:
    store, fetched, together = MemoryTokenStore(), count(1), threading.Barrier(4)
    values = list[str]()

    def obtain() -> None:
        together.wait(5)
        values.append(obtained(store, "k", lambda: token(f"t{next(fetched)}"), None).value)

    threads = [threading.Thread(target=obtain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert values == ["t1"] * 4


class Asked:
    """Gives tokens t1, t2, ... and notes which one was said to be rejected."""

    def __init__(self) -> None:
        self.rejected: list[str | None] = []

    def __call__(self, rejected: str | None) -> Token:
        self.rejected.append(rejected)
        return token(f"t{len(self.rejected)}")


def walk(auth: TokenAuth, *statuses: int) -> list[str]:
    """The Authorization headers of one request that is answered with these statuses."""
    flow = auth.auth_flow(httpx2.Request("GET", "https://rest.zuora.com/workflows"))
    sent = [next(flow).headers["Authorization"]]
    for status in statuses:
        try:
            sent.append(flow.send(httpx2.Response(status)).headers["Authorization"])
        except StopIteration:
            break
    return sent


@pytest.mark.parametrize("status", [200, 403, 404, 429, 500])
def test_a_request_carries_the_token_and_is_sent_once(status: int) -> None:
    asked = Asked()

    assert walk(TokenAuth(asked), status) == ["Bearer t1"]
    assert asked.rejected == [None]


def test_a_401_renews_the_token_and_repeats_the_request_once() -> None:
    asked = Asked()

    assert walk(TokenAuth(asked), 401, 401) == ["Bearer t1", "Bearer t2"]
    assert asked.rejected == [None, "t1"]


def test_the_renewed_token_serves_the_next_request() -> None:
    asked = Asked()
    auth = TokenAuth(asked)

    walk(auth, 401, 200)

    assert walk(auth, 200) == ["Bearer t2"]
    assert len(asked.rejected) == 2


def test_an_expired_token_is_replaced_before_it_is_sent() -> None:
    lifetimes = [timedelta(0), HOUR]
    auth = TokenAuth(lambda _rejected: token("t", lifetimes.pop(0)))

    walk(auth, 200)
    walk(auth, 200)
    walk(auth, 200)

    assert lifetimes == []
