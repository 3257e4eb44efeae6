"""Promise 6: one token for all workers, never stored in clear."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from tests.acceptance.processes import eventually
from tests.integration.processes import django_process
from tests.integration.zuora.raw_server import raw_server, silent
from tests.locks import lock_waits
from workflow_mirror.customers import tokens
from workflow_mirror.customers.access import open_client
from workflow_mirror.customers.models import Customer, TokenClaim, ZuoraToken
from workflow_mirror.customers.tokens import DatabaseTokenStore
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant
from workflow_mirror.zuora.auth import Token, TokenStore
from workflow_mirror.zuora.errors import GivenUpError, TryAgainError, UnreachableError
from workflow_mirror.zuora.waits import Waits

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def token(value: str, lifetime: timedelta = HOUR) -> Token:
    return Token(value, datetime.now(UTC) + lifetime, ("e-1", "e-2"))


def obtained(
    store: TokenStore, key: str, fetch: Callable[[], Token], rejected: str | None
) -> Token:
    return store.obtain(key, lambda _still_at_it: fetch(), rejected, time.sleep)


def never() -> Token:
    raise AssertionError("there is a token already")


@contextmanager
def other_connection() -> Iterator[Any]:
    """A cursor in a transaction of somebody else, rolled back at the end."""
    own = connection.copy()
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            yield cursor
    finally:
        own.close()


def test_a_token_is_fetched_once_and_found_by_every_store() -> None:
    fetched = obtained(DatabaseTokenStore(), "k", lambda: token("first"), None)

    assert obtained(DatabaseTokenStore(), "k", never, None) == fetched


def test_a_stored_token_is_encrypted() -> None:
    obtained(DatabaseTokenStore(), "k", lambda: token("t0ken"), None)

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(zuora_tokens)::text FROM zuora_tokens")
        assert "t0ken" not in cursor.fetchone()[0]
    assert "t0ken" not in repr(ZuoraToken.objects.get())


def test_tokens_are_kept_apart_by_their_key() -> None:
    store = DatabaseTokenStore()

    assert obtained(store, "a", lambda: token("for a"), None).value == "for a"
    assert obtained(store, "b", lambda: token("for b"), None).value == "for b"
    assert obtained(store, "a", never, None).value == "for a"


def test_an_old_token_and_a_rejected_one_are_replaced() -> None:
    store = DatabaseTokenStore()
    obtained(store, "k", lambda: token("old", -HOUR), None)

    assert obtained(store, "k", lambda: token("new"), None).value == "new"
    assert obtained(store, "k", lambda: token("newer"), "new").value == "newer"
    assert obtained(store, "k", never, "new").value == "newer"


def test_a_token_written_with_a_lost_key_is_fetched_again(settings: Settings) -> None:
    store = DatabaseTokenStore()
    obtained(store, "k", lambda: token("unreadable"), None)
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert obtained(store, "k", lambda: token("new"), None).value == "new"
    assert obtained(store, "k", never, None).value == "new"


def test_a_failed_fetch_stores_nothing_and_ends_the_claim_at_once() -> None:
    store = DatabaseTokenStore(patience=1)

    with pytest.raises(ZeroDivisionError):
        obtained(store, "k", lambda: token(str(1 / 0)), None)

    assert not ZuoraToken.objects.exists()
    assert not TokenClaim.objects.exists()
    assert obtained(store, "k", lambda: token("first"), None).value == "first"


def test_expired_tokens_of_others_are_swept_away() -> None:
    store = DatabaseTokenStore()
    obtained(store, "gone", lambda: token("old", -HOUR), None)
    obtained(store, "alive", lambda: token("good"), None)

    obtained(store, "k", lambda: token("first"), None)

    assert set(ZuoraToken.objects.values_list("key", flat=True)) == {"alive", "k"}


def test_a_row_that_another_worker_is_renewing_is_not_waited_for() -> None:
    """Two that sweep each other's row and then write their own would block each other."""
    store = DatabaseTokenStore()
    obtained(store, "other", lambda: token("old", -HOUR), None)

    with other_connection() as cursor, ThreadPoolExecutor(1) as thread:
        cursor.execute("UPDATE zuora_tokens SET token = 'renewing' WHERE key = 'other'")
        stored = thread.submit(obtained, store, "k", lambda: token("first"), None)
        try:
            assert stored.result(timeout=5).value == "first"
        finally:
            cursor.connection.rollback()


def claim_of_another(key: str, seconds: float) -> TokenClaim:
    expires_at = timezone.now() + timedelta(seconds=seconds)
    return TokenClaim.objects.create(key=key, holder="another", expires_at=expires_at)


def test_a_worker_that_hangs_while_it_fetches_does_not_block_the_others_forever() -> None:
    claim_of_another("k", seconds=600)

    with pytest.raises(UnreachableError, match="another worker") as raised:
        obtained(DatabaseTokenStore(patience=0.05), "k", never, None)

    assert isinstance(raised.value, TryAgainError)


def test_a_fetch_in_progress_does_not_hold_up_another_key() -> None:
    claim_of_another("other", seconds=600)

    assert obtained(DatabaseTokenStore(), "k", lambda: token("t"), None).value == "t"
    assert TokenClaim.objects.get().key == "other"


@pytest.mark.parametrize("seconds", [-600, 0.5])
def test_the_claim_of_a_worker_that_died_is_overtaken_once_it_expires(seconds: float) -> None:
    claim_of_another("k", seconds)

    assert obtained(DatabaseTokenStore(), "k", lambda: token("t"), None).value == "t"
    assert not TokenClaim.objects.exists()


def test_expired_claims_of_others_are_swept_away() -> None:
    claim_of_another("gone", -1)
    claim_of_another("alive", 600)

    obtained(DatabaseTokenStore(), "k", lambda: token("first"), None)

    assert TokenClaim.objects.get().key == "alive"


def test_no_transaction_and_no_lock_is_held_while_a_token_is_fetched() -> None:
    def look() -> Token:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            )
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            assert cursor.fetchone() == (0,)
        return token("first")

    assert obtained(DatabaseTokenStore(), "k", look, None).value == "first"


def test_a_token_that_was_stored_just_before_the_claim_is_taken() -> None:
    """The other worker's claim is not yet visible to the look, and gone when ours is made."""
    with other_connection() as cursor, ThreadPoolExecutor(1) as thread:
        cursor.execute("INSERT INTO zuora_token_claims VALUES ('k', 'another', now() + '1 hour')")
        obtaining = thread.submit(obtained, DatabaseTokenStore(), "k", never, None)
        eventually(lock_waits)
        tokens._store(cursor, "k", token("just stored"))
        cursor.execute("DELETE FROM zuora_token_claims")
        cursor.connection.commit()

        assert obtaining.result(timeout=20).value == "just stored"
    assert not TokenClaim.objects.exists()


def test_a_fetch_that_takes_longer_than_a_claim_lasts_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "SECONDS_BETWEEN_RENEWALS", 0.1)
    store, fetching = DatabaseTokenStore(claim=2), threading.Event()

    def slowly(still_at_it: Callable[[], None]) -> Token:
        fetching.set()
        for _ in range(50):
            time.sleep(0.1)
            still_at_it()
        return token("slow")

    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(store.obtain, "k", slowly, None, time.sleep)
        assert fetching.wait(10)
        assert obtained(store, "k", never, None).value == "slow"
        assert slow.result().value == "slow"


def test_a_claim_that_was_lost_is_neither_renewed_nor_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "SECONDS_BETWEEN_RENEWALS", 0)

    def overtaken(still_at_it: Callable[[], None]) -> Token:
        TokenClaim.objects.update(holder="another", expires_at=timezone.now() + HOUR)
        still_at_it()
        return token("late")

    DatabaseTokenStore().obtain("k", overtaken, None, time.sleep)

    left = TokenClaim.objects.get()
    assert left.holder == "another"
    assert left.expires_at - timezone.now() > HOUR / 2


def test_whoever_wants_a_token_no_more_waits_no_longer() -> None:
    claim_of_another("k", seconds=600)
    waits = Waits(300)

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(
            DatabaseTokenStore().obtain, "k", lambda _: never(), None, waits.sleep
        )
        time.sleep(0.3)
        assert not waiting.done()
        waits.give_up()

        assert isinstance(waiting.exception(timeout=5), GivenUpError)


def test_clients_that_give_up_while_they_fetch_or_wait_leave_no_claim(
    customer: Customer, settings: Settings
) -> None:
    with raw_server(silent) as url:
        customer.zuora_base_url = url
        with (
            open_client(customer) as one,
            open_client(customer) as two,
            ThreadPoolExecutor(4) as threads,
        ):
            calls = [threads.submit(client.authenticate) for client in (one, two) * 2]
            until = time.monotonic() + 10
            while not TokenClaim.objects.exists() and time.monotonic() < until:
                time.sleep(0.01)
            assert TokenClaim.objects.count() == 1
            one.give_up()
            two.give_up()

            assert {type(call.exception(timeout=5)) for call in calls} == {GivenUpError}

    assert not TokenClaim.objects.exists()


DYING = """
import time
from workflow_mirror.customers.tokens import DatabaseTokenStore

def hang(still_at_it):
    print("claimed", flush=True)
    time.sleep(60)

DatabaseTokenStore(claim=2).obtain("k", hang, None, time.sleep)
"""


def test_a_worker_that_is_killed_in_a_token_call_holds_up_the_others_for_some_seconds() -> None:
    with django_process(DYING) as process:
        assert process.stdout
        assert process.stdout.readline() == "claimed\n"
        process.kill()
        process.communicate()

    assert TokenClaim.objects.exists()
    assert obtained(DatabaseTokenStore(), "k", lambda: token("t"), None).value == "t"


def test_a_transaction_of_the_caller_is_not_touched() -> None:
    """A sync's own connection holds the customer's lock."""
    backend = backend_pid()

    obtained(DatabaseTokenStore(), "k", lambda: token("first"), None)

    assert backend_pid() == backend


def backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_threads_that_need_a_token_at_once_fetch_one() -> None:
    fetched, together = count(1), threading.Barrier(16)

    def obtain(_: int) -> str:
        def fetch() -> Token:
            time.sleep(0.1)
            return token(f"t{next(fetched)}")

        together.wait(30)
        return obtained(DatabaseTokenStore(), "k", fetch, None).value

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(obtain, range(16))) == {"t1"}


def test_several_clients_and_threads_call_the_token_endpoint_once(
    fake: FakeZuora, customer: Customer
) -> None:
    def list_once(_: int) -> int:
        with open_client(customer) as client:
            return len(client.list_page(1).definitions)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(list_once, range(8)))

    assert fake.requests.counts() == {"token": 1, "list": 8}


def test_a_token_rejected_in_four_threads_at_once_is_renewed_once(
    fake: FakeZuora, customer: Customer, tenant: Tenant
) -> None:
    together = threading.Barrier(4)

    def list_together(client: Any) -> int:
        together.wait(5)
        return len(client.list_page(1).definitions)

    with open_client(customer) as one, open_client(customer) as two:
        one.list_page(1)
        two.list_page(1)
        fake.expire_tokens(tenant)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(list_together, (one, two, one, two)))

    assert len(fake.requests.of("token")) == 2
    assert len({r.token for r in fake.requests.of("list") if r.status == 200}) == 2


def test_the_tokens_of_two_customers_are_never_mixed(
    fake: FakeZuora, customer: Customer, server: Server, tenant: Tenant
) -> None:
    other_tenant = fake.add_tenant("bianchi")
    other_tenant.generate(1, tasks=1)
    other = Customer.objects.create(
        name="Bianchi",
        zuora_base_url=server.base_url,
        zuora_client_id=other_tenant.client_id,
        zuora_client_secret=other_tenant.client_secret,
    )

    for who, rows in ((customer, 0), (other, 1)) * 2:
        with open_client(who) as client:
            assert len(client.list_page(1).definitions) == rows

    used = {(request.tenant, request.token) for request in fake.requests.of("list")}
    assert {name for name, _ in used} == {"rossi", "bianchi"}
    assert len(used) == len(fake.requests.of("token")) == 2


def test_a_corrected_secret_does_not_meet_the_token_of_the_old_one(
    fake: FakeZuora, customer: Customer
) -> None:
    with open_client(customer) as client:
        client.authenticate()
    customer.zuora_client_secret = "another"

    with open_client(customer) as client, pytest.raises(Exception, match="Invalid credentials"):
        client.authenticate()

    assert [request.status for request in fake.requests.of("token")] == [200, 401]


ONE_PROCESS = """
from workflow_mirror.customers.access import open_client
from workflow_mirror.customers.models import Customer
with open_client(Customer.objects.get()) as client:
    sys.stdin.readline()
    client.list_page(1)
"""


def test_two_processes_share_one_token(fake: FakeZuora, customer: Customer) -> None:
    processes = [django_process(ONE_PROCESS) for _ in range(2)]
    for process in processes:
        _, complaint = process.communicate("go\n", timeout=30)
        assert process.returncode == 0, complaint

    assert fake.requests.counts() == {"token": 1, "list": 2}


def test_connections_that_were_kept_and_cut_meanwhile_are_opened_anew() -> None:
    obtained(DatabaseTokenStore(), "k", lambda: token("first"), None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] > 0

    assert obtained(DatabaseTokenStore(), "k", never, None).value == "first"


def test_a_cursor_whose_work_failed_leaves_nothing_behind() -> None:
    def fail() -> Token:
        raise UnreachableError

    with pytest.raises(UnreachableError):
        obtained(DatabaseTokenStore(), "k", fail, None)

    assert obtained(DatabaseTokenStore(), "k", lambda: token("second"), None).value == "second"
