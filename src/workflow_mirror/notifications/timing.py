"""When a rule tells its events: at once or at the slots of a digest, outside of quiet hours."""

from datetime import UTC, datetime, timedelta

from workflow_mirror.notifications.models import NotificationRule
from workflow_mirror.schedules.cron import slots_before

Frequency = NotificationRule.Frequency

A_MINUTE = timedelta(minutes=1)
EVER = datetime.max.replace(tzinfo=UTC)


def tells_before(rule: NotificationRule, now: datetime) -> datetime | None:
    """Events until this moment are told now; None: none, since it is quiet."""
    if quiet_end(rule, now):
        return None
    if rule.frequency == Frequency.AT_ONCE:
        return EVER
    # A slot at this very moment is over.
    [slot] = slots_before(_cron(rule), rule.timezone, now + timedelta.resolution, 1)
    return slot


def quiet_end(rule: NotificationRule, now: datetime) -> datetime | None:
    """When the quiet hours end that have begun; None outside of them."""
    first, last = rule.quiet_from, rule.quiet_until
    if first is None or last is None or first == last:
        return None
    clock = now.astimezone(rule.zone)
    here = clock.time()
    is_quiet = first <= here < last if first < last else here >= first or here < last
    if not is_quiet:
        return None
    day = clock.date() + timedelta(days=here >= last)
    # In an hour that a clock change repeats, the end was there once already.
    return max(datetime.combine(day, last, rule.zone).astimezone(UTC), now + A_MINUTE)


def _cron(rule: NotificationRule) -> str:
    hour, minute = rule.digest_time.hour, rule.digest_time.minute
    return {
        Frequency.HOURLY: "0 * * * *",
        Frequency.DAILY: f"{minute} {hour} * * *",
        Frequency.WEEKLY: f"{minute} {hour} * * {rule.digest_weekday % 7}",
    }[Frequency(rule.frequency)]
