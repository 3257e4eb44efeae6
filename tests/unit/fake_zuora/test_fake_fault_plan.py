import pytest

from workflow_mirror.fake_zuora import FAULT_KINDS, FakeZuora
from workflow_mirror.fake_zuora.calls import Incoming


def ask(fake: FakeZuora, path: str = "/workflows", **query: str) -> str | None:
    """Send a request straight into the state; give the name of the fault that struck."""
    token = fake.tokens.issue(fake.tenants["acme"], fake.clock.monotonic()).value
    headers = {"authorization": f"Bearer {token}"}
    call = fake.begin(Incoming("GET", path, query, headers, b"", "http://fake", "127.0.0.1"))
    fake.finish(call, fake.answer(call).status)
    return call.fault


@pytest.fixture
def fake() -> FakeZuora:
    fake = FakeZuora()
    fake.add_tenant("acme").generate(3, tasks=1)
    return fake


def test_a_fault_strikes_as_often_as_asked(fake: FakeZuora) -> None:
    fault = fake.fail("html", times=2)

    assert [ask(fake) for _ in range(3)] == ["html", "html", None]
    assert fault.used == 2
    assert fake.pending_faults() == []


def test_a_fault_lets_the_first_ones_pass(fake: FakeZuora) -> None:
    fake.fail("html", after=2)

    assert [ask(fake) for _ in range(4)] == [None, None, "html", None]


def test_a_fault_without_an_end_strikes_until_it_is_cleared(fake: FakeZuora) -> None:
    fake.fail("html", times=None)
    struck = [ask(fake) for _ in range(5)]
    fake.clear_faults()

    assert struck == ["html"] * 5
    assert ask(fake) is None


def test_faults_strike_one_after_the_other(fake: FakeZuora) -> None:
    fake.fail("rate_limited", times=2)
    fake.fail("server_error")

    assert [ask(fake) for _ in range(4)] == ["rate_limited", "rate_limited", "server_error", None]


def test_a_fault_can_be_kept_to_an_operation_and_a_workflow(fake: FakeZuora) -> None:
    fake.fail("forbidden", times=None, on="export", workflow_id=102)

    assert ask(fake) is None
    assert ask(fake, "/workflows/102") is None
    assert ask(fake, "/workflows/101/export") is None
    assert ask(fake, "/workflows/102/export") == "forbidden"


def test_a_fault_can_be_kept_to_a_tenant(fake: FakeZuora) -> None:
    globex = fake.add_tenant("globex")
    fake.fail("html", tenant=globex)

    assert ask(fake) is None


def test_faults_of_pages_wait_for_their_page(fake: FakeZuora) -> None:
    fake.fail("repeated_page", page=3)

    assert [ask(fake, page=str(n), page_length="1") for n in (1, 2, 3)] == [
        None,
        None,
        "repeated_page",
    ]


def test_an_unknown_name_parameter_or_operation_is_refused(fake: FakeZuora) -> None:
    with pytest.raises(ValueError, match="unknown fault 'nope'; there are expired_token"):
        fake.fail("nope")
    with pytest.raises(ValueError, match="slow takes no secs; it takes: seconds, part"):
        fake.fail("slow", secs=1)
    with pytest.raises(ValueError, match="on must be one of token, list"):
        fake.fail("slow", on="run")
    with pytest.raises(ValueError, match="empty_list strikes list, not export"):
        fake.fail("empty_list", on="export")


def test_every_fault_says_what_it_does() -> None:
    assert all(len(kind.description) > 10 for kind in FAULT_KINDS.values())
