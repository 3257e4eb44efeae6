"""Promise 6: one token for all workers, never stored in clear."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from pytest_django import Settings

from tests.integration.processes import django_process
from workflow_mirror.customers.access import open_client
from workflow_mirror.customers.models import Customer, ZuoraToken
from workflow_mirror.customers.tokens import DatabaseTokenStore
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant
from workflow_mirror.zuora.auth import Token
from workflow_mirror.zuora.errors import TryAgainError, UnreachableError

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def token(value: str, lifetime: timedelta = HOUR) -> Token:
    return Token(value, datetime.now(UTC) + lifetime, ("e-1", "e-2"))


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
    fetched = DatabaseTokenStore().obtain("k", lambda: token("first"), None)

    assert DatabaseTokenStore().obtain("k", never, None) == fetched


def test_a_stored_token_is_encrypted() -> None:
    DatabaseTokenStore().obtain("k", lambda: token("t0ken"), None)

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(zuora_tokens)::text FROM zuora_tokens")
        assert "t0ken" not in cursor.fetchone()[0]
    assert "t0ken" not in repr(ZuoraToken.objects.get())


def test_tokens_are_kept_apart_by_their_key() -> None:
    store = DatabaseTokenStore()

    assert store.obtain("a", lambda: token("for a"), None).value == "for a"
    assert store.obtain("b", lambda: token("for b"), None).value == "for b"
    assert store.obtain("a", never, None).value == "for a"


def test_an_old_token_and_a_rejected_one_are_replaced() -> None:
    store = DatabaseTokenStore()
    store.obtain("k", lambda: token("old", -HOUR), None)

    assert store.obtain("k", lambda: token("new"), None).value == "new"
    assert store.obtain("k", lambda: token("newer"), "new").value == "newer"
    assert store.obtain("k", never, "new").value == "newer"


def test_a_token_written_with_a_lost_key_is_fetched_again(settings: Settings) -> None:
    store = DatabaseTokenStore()
    store.obtain("k", lambda: token("unreadable"), None)
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert store.obtain("k", lambda: token("new"), None).value == "new"
    assert store.obtain("k", never, None).value == "new"


def test_a_failed_fetch_stores_nothing_and_frees_the_lock() -> None:
    store = DatabaseTokenStore(patience=1)

    with pytest.raises(ZeroDivisionError):
        store.obtain("k", lambda: token(str(1 / 0)), None)

    assert not ZuoraToken.objects.exists()
    assert store.obtain("k", lambda: token("first"), None).value == "first"


def test_expired_tokens_of_others_are_swept_away() -> None:
    store = DatabaseTokenStore()
    store.obtain("gone", lambda: token("old", -HOUR), None)
    store.obtain("alive", lambda: token("good"), None)

    store.obtain("k", lambda: token("first"), None)

    assert set(ZuoraToken.objects.values_list("key", flat=True)) == {"alive", "k"}


def test_a_row_that_another_worker_is_renewing_is_not_waited_for() -> None:
    """Two that sweep each other's row and then write their own would block each other."""
    store = DatabaseTokenStore()
    store.obtain("other", lambda: token("old", -HOUR), None)

    with other_connection() as cursor, ThreadPoolExecutor(1) as thread:
        cursor.execute("UPDATE zuora_tokens SET token = 'renewing' WHERE key = 'other'")
        stored = thread.submit(store.obtain, "k", lambda: token("first"), None)
        try:
            assert stored.result(timeout=5).value == "first"
        finally:
            cursor.connection.rollback()


def test_a_worker_that_hangs_while_it_fetches_does_not_block_the_others_forever() -> None:
    with other_connection() as cursor:
        cursor.execute(LOCK, ["k"])

        with pytest.raises(UnreachableError, match="another worker") as raised:
            DatabaseTokenStore(patience=0.05).obtain("k", never, None)

    assert isinstance(raised.value, TryAgainError)


def test_a_fetch_in_progress_does_not_hold_up_another_key() -> None:
    with other_connection() as cursor:
        cursor.execute(LOCK, ["other"])

        assert DatabaseTokenStore(patience=0.05).obtain("k", lambda: token("t"), None).value == "t"


def test_a_transaction_of_the_caller_is_not_touched() -> None:
    """A sync's own connection holds the customer's lock."""
    backend = backend_pid()

    DatabaseTokenStore().obtain("k", lambda: token("first"), None)

    assert backend_pid() == backend


def backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_threads_that_need_a_token_at_once_fetch_one() -> None:
    fetched, together = count(1), threading.Barrier(4)

    def obtain(_: int) -> str:
        together.wait(5)
        fetch: Callable[[], Token] = lambda: token(f"t{next(fetched)}")  # noqa: E731
        return DatabaseTokenStore().obtain("k", fetch, None).value

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(obtain, range(4))) == {"t1"}


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
    DatabaseTokenStore().obtain("k", lambda: token("first"), None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] > 0

    assert DatabaseTokenStore().obtain("k", never, None).value == "first"


def test_a_cursor_whose_work_failed_leaves_nothing_behind() -> None:
    def fail() -> Token:
        raise UnreachableError

    with pytest.raises(UnreachableError):
        DatabaseTokenStore().obtain("k", fail, None)

    assert DatabaseTokenStore().obtain("k", lambda: token("second"), None).value == "second"
