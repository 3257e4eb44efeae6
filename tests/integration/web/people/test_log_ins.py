"""Wrong passwords: who has to wait, who has not."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.web.people import log_ins

PASSWORD = "a-long-password-of-the-tests"
SPRAYER, OFFICE = "203.0.113.9", "198.51.100.7"


def log_in(name: str, password: str, address: str, agent: str = "a browser") -> int:
    """The status: 302 is in, 200 the form again, 429 has to wait."""
    browser = Client(headers={"user-agent": agent})
    answer = browser.post(
        "/admin/login/", {"username": name, "password": password}, REMOTE_ADDR=address
    )
    return answer.status_code


@pytest.fixture
def people(make_user: Any) -> list[User]:
    return [make_user(f"user{number}") for number in range(30)]


def test_an_address_that_sprays_passwords_over_many_users_has_to_wait(people: list[User]) -> None:
    answers = [log_in(one.username, "Winter2026!", SPRAYER, one.username) for one in people]
    assert answers == [200] * log_ins.FAILURES_OF_ADDRESS + [429] * 10
    assert log_in("nobody-has-this-name", "Winter2026!", SPRAYER) == 429
    assert log_in("user0", PASSWORD, SPRAYER) == 429
    # The users themselves are not locked anywhere else.
    assert log_in("user0", PASSWORD, OFFICE) == 302


def test_one_known_password_does_not_clear_what_an_address_did_to_others(
    people: list[User],
) -> None:
    for place in range(log_ins.FAILURES_OF_ADDRESS):
        log_in(f"user{1 + place % 15}", "wrong", SPRAYER)
        if place % 5 == 0:
            log_in("user0", PASSWORD, SPRAYER)
    assert log_in("user0", PASSWORD, SPRAYER) == 429


def test_nobody_can_lock_a_user_out_from_another_address(people: list[User]) -> None:
    for _ in range(8):
        log_in("user0", "wrong", SPRAYER)
    assert log_in("user0", PASSWORD, SPRAYER) == 429
    assert log_in("user1", PASSWORD, SPRAYER) == 302
    assert log_in("user0", PASSWORD, OFFICE) == 302


def test_a_subscribers_ipv6_addresses_count_as_one(people: list[User]) -> None:
    for number in range(log_ins.FAILURES_OF_ADDRESS):
        assert log_in(f"user{number}", "wrong", f"2001:db8:0:1::{number + 1:x}") == 200
    assert log_in("user29", PASSWORD, "2001:db8:0:1:ffff::1") == 429
    assert log_in("user29", PASSWORD, "2001:db8:0:2::1") == 302
    assert log_in("user28", "wrong", "no address") == 200


def test_log_ins_are_recorded_with_their_address_and_unknown_names_are_not(
    people: list[User],
) -> None:
    start = AuditEvent.objects.latest("pk").pk
    log_in("user0", PASSWORD, OFFICE)
    log_in("user0", "wrong", SPRAYER)
    log_in("my-password-in-the-wrong-field", "user0", SPRAYER)
    events = AuditEvent.objects.filter(pk__gt=start).order_by("pk")
    assert [(one.actor, one.address, one.action, one.outcome) for one in events] == [
        ("user0", OFFICE, Action.LOGGED_IN, Outcome.DONE),
        ("user0", SPRAYER, Action.LOGGED_IN, Outcome.REFUSED),
        ("nobody", SPRAYER, Action.LOGGED_IN, Outcome.REFUSED),
    ]
    assert "wrong-field" not in str(list(events.values()))
