"""The checks that need the database."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import connection
from django.utils import timezone

from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.key_rotation import list_keys
from workflow_mirror.doctor.findings import Finding, failed, ok
from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.schedules.alarms import Code, find_alarms
from workflow_mirror.schema import Schema

MOST_SECONDS_APART = 30.0


def migrations() -> Finding:
    schema = Schema()
    unknown = schema.unknown()
    if unknown:
        text = f"A newer version of zwm has migrated the database: {unknown[0]} is not known here"
        return failed("migrations", text, "Install that version on this host")
    if schema.is_behind:
        text = f"{len(schema.plan())} migrations of this version are missing"
        return failed("migrations", text, "Run `zwm migrate`")
    return ok("migrations", "The schema is that of this version")


def keys() -> Iterator[Finding]:
    found = list_keys()
    if found.unreadable:
        names = ", ".join(one.name for one in found.unreadable[:3])
        yield failed(
            "keys",
            f"{len(found.unreadable)} stored secrets cannot be decrypted ({names})",
            "Restore the missing key (ZWM_ENCRYPTION_KEYS), or set these secrets again",
        )
    else:
        number = len(found.keys)
        yield ok("keys", f"{number} {'key' if number == 1 else 'keys'}; all secrets are readable")


def clock() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [there] = cursor.fetchone()
    yield compared("clock", "the database's", there)


def compared(check: str, whose: str, there: datetime) -> Finding:
    """Compare this host's clock with another one."""
    apart = (timezone.now() - there).total_seconds()
    if abs(apart) <= MOST_SECONDS_APART:
        return ok(check, f"This host's clock and {whose} agree")
    direction = "ahead of" if apart > 0 else "behind"
    text = f"This host's clock is {abs(apart):.0f} seconds {direction} {whose}"
    return failed(check, text, "Set the clocks by NTP: schedules start by this host's clock")


def worker() -> Iterator[Finding]:
    alive = alive_workers()
    alarms = find_alarms(EVERYTHING, {Code.NO_WORKER})
    if alive:
        yield ok("worker", f"{len(alive)} running: {', '.join(map(str, alive[:5]))}")
    elif alarms:
        yield failed("worker", alarms[0].text, "Start `zwm queue work`, or `zwm up`")
    else:
        yield ok("worker", "None is running, and no job is overdue")


def scheduler() -> Iterator[Finding]:
    alarms = find_alarms(EVERYTHING, {Code.SCHEDULES_OVERDUE})
    if alarms:
        yield failed("scheduler", alarms[0].text, "Start a worker, or `zwm schedule work`")
    else:
        yield ok("scheduler", "No schedule is overdue")


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (keys, clock, worker, scheduler)
