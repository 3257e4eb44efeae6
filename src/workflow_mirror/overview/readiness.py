"""Whether this installation can work: what `/readyz` answers."""

from collections.abc import Callable, Collection

import structlog
from django.db import DatabaseError, InterfaceError, connection

from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.error_texts import error_text
from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.schedules.alarms import Code, find_alarms
from workflow_mirror.schema import is_current

log = structlog.get_logger(__name__)

OK, FAILED, UNKNOWN, EXCLUDED = "ok", "failed", "unknown", "excluded"


def check_readiness(excluded: Collection[str] = ()) -> dict[str, str]:
    """What each check says: ok, failed, excluded, or unknown after one of the first two failed.

    Tells neither names nor numbers: anybody may ask.
    """
    found = {}
    is_usable = True
    for name, check in CHECKS.items():
        if name in excluded:
            found[name] = EXCLUDED
        elif not is_usable:
            found[name] = UNKNOWN
        else:
            found[name] = OK if _holds(check) else FAILED
            is_usable = found[name] == OK or name not in NEEDED
    return found


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, InterfaceError) as error:
        log.warning("A readiness check failed", reason=error_text(error))
        return False


def _answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _has_fresh_mirrors() -> bool:
    return not find_alarms(EVERYTHING, {Code.CUSTOMERS_STALE})


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _answers,
    "migrations": is_current,
    "worker": lambda: bool(alive_workers()),
    "mirrors": _has_fresh_mirrors,
}
NEEDED = ("database", "migrations")
"""Without these the others cannot be asked."""
