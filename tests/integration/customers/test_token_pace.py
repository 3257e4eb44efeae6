"""100 token calls a minute for one IP address, over all tenants: never reached by a host's own."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from tests.integration.processes import django_process
from workflow_mirror.customers.access import check_credentials, open_client
from workflow_mirror.customers.models import Customer, TokenCalls
from workflow_mirror.customers.token_pace import BURST, BURST_FOR_PEOPLE, PER_MINUTE, TokenPace
from workflow_mirror.fake_zuora import FakeZuora, Server, serve
from workflow_mirror.sync.service import WorkflowSyncService

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = 6.0  # calls a minute: no test lives to see the next one's turn
LIMIT = 100  # Zuora's


def takes(pace: Callable[[], float], times: int) -> list[float]:
    return [pace() for _ in range(times)]


def test_no_minute_can_hold_as_many_calls_as_zuora_allows() -> None:
    assert PER_MINUTE + max(BURST, BURST_FOR_PEOPLE) <= 0.95 * LIMIT


def test_a_few_calls_have_their_turn_at_once_and_the_next_one_waits() -> None:
    pace = TokenPace("host", per_minute=SLOW, burst=3)

    assert takes(pace, 3) == [0, 0, 0]
    assert pace() == pytest.approx(10, abs=1)


def test_a_call_that_has_no_turn_yet_makes_nobody_wait_longer() -> None:
    pace = TokenPace("host", per_minute=SLOW, burst=1)
    pace()

    assert max(takes(pace, 20)) == pytest.approx(10, abs=1)


def test_a_turn_comes_when_it_was_said_to_come() -> None:
    pace = TokenPace("host", per_minute=300, burst=1)
    pace()
    wait = pace()

    time.sleep(wait)

    assert 0 < wait <= 0.2
    assert pace() == 0


def test_a_person_need_not_wait_for_the_syncs() -> None:
    syncs = TokenPace("host", per_minute=SLOW, burst=2)
    person = TokenPace("host", per_minute=SLOW, burst=4)
    takes(syncs, 3)

    assert takes(person, 2) == [0, 0]
    assert person() > 0
    assert syncs() > 20


def test_another_host_has_an_address_of_its_own() -> None:
    takes(TokenPace("host", per_minute=SLOW, burst=1), 2)

    assert TokenPace("other", per_minute=SLOW, burst=1)() == 0


@pytest.mark.parametrize("off", [timedelta(hours=2), timedelta(hours=-2)])
def test_a_database_whose_clock_was_set_stops_nobody(off: timedelta) -> None:
    pace = TokenPace("host", per_minute=SLOW, burst=2)
    TokenCalls.objects.create(host="host", drained_at=timezone.now() + off)

    assert takes(pace, 2) == [0, 0]
    assert pace() == pytest.approx(10, abs=1)


def test_threads_that_ask_at_once_get_no_turn_twice() -> None:
    def ask(_: int) -> int:
        pace, until = TokenPace("host", per_minute=1200, burst=4), time.monotonic() + 1
        turns = 0
        while time.monotonic() < until:
            turns += pace() == 0
        return turns

    began = time.monotonic()
    with ThreadPoolExecutor(4) as threads:
        turns = sum(threads.map(ask, range(4)))

    assert 15 <= turns <= 4 + 20 * (time.monotonic() - began)


SPEED = 20


class QuickClock:
    """A minute of the fake Zuora passes in three seconds."""

    def monotonic(self) -> float:
        return time.monotonic() * SPEED

    def now(self) -> datetime:
        return datetime.now(UTC)


MANY = """
from concurrent.futures import ThreadPoolExecutor
from workflow_mirror.customers.access import open_client
from workflow_mirror.customers.models import Customer
from workflow_mirror.customers.token_pace import PER_MINUTE, TokenPace

def authenticate(customer):
    pace = TokenPace(per_minute=PER_MINUTE * int(sys.argv[2]))
    with open_client(customer, token_pace=pace) as client:
        client.authenticate()

first, last = map(int, sys.argv[3:])
with ThreadPoolExecutor(4) as threads:
    list(threads.map(authenticate, Customer.objects.order_by("pk")[first:last]))
"""


@pytest.fixture
def quick_fake() -> FakeZuora:
    return FakeZuora(clock=QuickClock())


def make_customers(fake: FakeZuora, server: Server, number: int) -> None:
    for tenant in [fake.add_tenant(f"tenant-{place}") for place in range(number)]:
        Customer.objects.create(
            name=tenant.name,
            zuora_base_url=server.base_url,
            zuora_client_id=tenant.client_id,
            zuora_client_secret=tenant.client_secret,
        )


def test_two_processes_with_150_customers_never_reach_the_limit(quick_fake: FakeZuora) -> None:
    with serve(quick_fake) as server:
        make_customers(quick_fake, server, 150)
        parts = [("0", "75"), ("75", "150")]
        processes = [django_process(MANY, str(SPEED), *part) for part in parts]
        for process in processes:
            _, complaint = process.communicate(timeout=60)
            assert process.returncode == 0, complaint

    calls = quick_fake.requests.of("token")
    assert [call.status for call in calls] == [200] * 150


def test_the_credential_check_of_a_person_takes_part_and_hardly_waits(
    fake: FakeZuora, customer: Customer
) -> None:
    takes(TokenPace(burst=BURST_FOR_PEOPLE - 2), BURST_FOR_PEOPLE - 2)
    before = TokenCalls.objects.get().drained_at

    began = time.monotonic()
    assert check_credentials(customer).is_good

    assert time.monotonic() - began < 1
    taken = TokenCalls.objects.get().drained_at - before
    assert taken.total_seconds() == pytest.approx(60 / PER_MINUTE)
    assert TokenPace()() > 1


def test_a_sync_that_waits_for_its_turn_counts_the_seconds(
    fake: FakeZuora, customer: Customer
) -> None:
    pace = TokenPace("host", per_minute=120, burst=1)
    pace()
    service = WorkflowSyncService(client_opener=partial(open_client, token_pace=pace))

    service.sync_customer_workflows(customer)

    assert service.seconds_waited == pytest.approx(0.5, abs=0.2)
    assert len(fake.requests.of("token")) == 1
