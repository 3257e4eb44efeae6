"""Digests and quiet hours."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.customers.models import Customer
from workflow_mirror.notifications.models import NotificationItem, NotificationRule
from workflow_mirror.notifications.packing import pack_all
from workflow_mirror.notifications.sorting import sort_all
from workflow_mirror.notifications.timing import quiet_end, tells_before

from .conftest import Kind, Mailbox, MakeRule, change, delivery, run

MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2027, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
ZONES = st.sampled_from(["UTC", "Europe/Rome", "America/New_York", "Pacific/Auckland"])


def rule(**columns: object) -> NotificationRule:
    return NotificationRule(**columns)


def test_a_digest_has_what_happened_before_its_time(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    made = make_rule(Kind.DEACTIVATED, frequency="daily", digest_time=time(8), timezone="UTC")
    change(rossi)
    change(rossi)
    sort_all()
    [first, second] = NotificationItem.objects.order_by("pk")
    eight = datetime(2026, 11, 28, 8, tzinfo=UTC)
    NotificationItem.objects.filter(pk=first.pk).update(created_at=eight - timedelta(hours=5))
    NotificationItem.objects.filter(pk=second.pk).update(created_at=eight + timedelta(minutes=1))
    pack_all(eight - timedelta(minutes=1))
    assert not made.deliveries.exists()
    pack_all(eight + timedelta(hours=3))
    assert (delivery().number, first.event_id) == (1, delivery().items.get().event_id)
    pack_all(eight + timedelta(hours=23))
    assert made.deliveries.count() == 1
    pack_all(eight + timedelta(days=1))
    assert made.deliveries.count() == 2


@pytest.mark.parametrize(
    ("frequency", "slot"),
    [
        ("hourly", datetime(2026, 11, 26, 9, tzinfo=UTC)),
        ("daily", datetime(2026, 11, 26, 7, 30, tzinfo=UTC)),
        ("weekly", datetime(2026, 11, 22, 7, 30, tzinfo=UTC)),
    ],
)
def test_the_last_slot_is_in_the_time_zone_of_the_rule(frequency: str, slot: datetime) -> None:
    """Of a Thursday; the digest is on Sundays at 08:30 in Rome."""
    made = rule(
        frequency=frequency, digest_time=time(8, 30), digest_weekday=7, timezone="Europe/Rome"
    )
    assert tells_before(made, datetime(2026, 11, 26, 9, 12, tzinfo=UTC)) == slot


@given(MOMENTS, CLOCKS, CLOCKS, ZONES)
def test_quiet_hours_end_at_their_end(moment: datetime, first: time, last: time, zone: str) -> None:
    made = rule(quiet_from=first, quiet_until=last, timezone=zone)
    end = quiet_end(made, moment)
    if end is None:
        return
    assert first != last
    there = end.astimezone(ZoneInfo(zone))
    # A clock that is put forward skips the end, which is then an hour later.
    assert timedelta(0) < end - moment <= timedelta(hours=25)
    if there.time() == last:
        assert quiet_end(made, end) is None


@given(MOMENTS, CLOCKS, ZONES)
def test_it_is_never_quiet_without_quiet_hours(moment: datetime, clock: time, zone: str) -> None:
    assert quiet_end(rule(timezone=zone), moment) is None
    assert quiet_end(rule(quiet_from=clock, quiet_until=clock, timezone=zone), moment) is None


def test_quiet_hours_that_a_clock_change_repeats_end_in_the_future() -> None:
    made = rule(quiet_from=time(1), quiet_until=time(2, 30), timezone="Europe/Rome")
    second_time = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 once more
    assert quiet_end(made, second_time) == second_time + timedelta(minutes=1)


def test_quiet_hours_go_over_midnight() -> None:
    made = rule(quiet_from=time(22), quiet_until=time(7), timezone="Europe/Rome")
    seven = datetime(2026, 11, 27, 6, tzinfo=UTC)
    assert quiet_end(made, datetime(2026, 11, 26, 22, tzinfo=UTC)) == seven
    assert quiet_end(made, datetime(2026, 11, 27, 5, 59, tzinfo=UTC)) == seven
    assert quiet_end(made, seven) is None
    assert quiet_end(made, datetime(2026, 11, 26, 20, 59, tzinfo=UTC)) is None


def test_no_message_is_sent_in_quiet_hours_and_none_is_lost(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    now = timezone.now()
    around = {
        "quiet_from": (now - timedelta(hours=2)).time(),
        "quiet_until": (now + timedelta(hours=2)).time(),
    }
    made = make_rule(Kind.DEACTIVATED)
    change(rossi)
    mailbox.answers.append("451 later")
    assert run() == ["waiting"]
    NotificationRule.objects.filter(pk=made.pk).update(**around)
    made.deliveries.update(due_at=now)
    change(rossi)
    assert run() == ["waiting"]
    assert delivery().attempts == 1
    assert delivery().due_at > now + timedelta(hours=1)
    NotificationRule.objects.filter(pk=made.pk).update(quiet_from=None, quiet_until=None)
    made.deliveries.update(due_at=now)
    assert run() == ["delivered", "delivered"]
    assert len(mailbox.mails) == 2
