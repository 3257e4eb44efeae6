"""Outcomes by a hash of all that they depend on: both contents, the rules, and the code itself."""

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

import workflow_mirror
from workflow_mirror.compare.models import ComparedExports
from workflow_mirror.compare.result import Hint, Outcome
from workflow_mirror.history.diff.words import Piece

DAYS_UNUSED = 30
MOST = 1_000_000
"""Outcomes that are kept, of some 300 bytes each."""
_CODE = ("compare", "history/diff", "workflows", "exact_json.py")
"""What an outcome is made by. A version number would have to be raised by hand at each change."""

_STORE = """
INSERT INTO compare_cache (key, outcome, used_on)
SELECT * FROM unnest(%s::text[], %s::jsonb[], %s::date[])
ON CONFLICT (key) DO UPDATE SET outcome = EXCLUDED.outcome, used_on = EXCLUDED.used_on
"""


@cache
def code_hash() -> str:
    package = Path(workflow_mirror.__file__).parent
    places = (package / place for place in _CODE)
    files = (
        path
        for place in places
        for path in ([place] if place.is_file() else sorted(place.rglob("*.py")))
    )
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def key_of(first_hash: str, second_hash: str, rules_hash: str) -> str:
    parts = (first_hash, second_hash, rules_hash, code_hash())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def known(keys: Iterable[str]) -> dict[str, Outcome]:
    """The outcomes that are cached; notes once a day that they are used."""
    today = timezone.now().date()
    rows = ComparedExports.objects.filter(key__in=list(keys))
    found: dict[str, Outcome] = {}
    old: list[str] = []
    for key, stored, used_on in rows.values_list("key", "outcome", "used_on"):
        found[key] = _outcome(stored)
        if used_on < today:
            old.append(key)
    if old:
        _note_use(old)
    return found


def store(outcomes: Mapping[str, Outcome]) -> None:
    if not outcomes:
        return
    today = timezone.now().date()
    keys = sorted(outcomes)  # in one order, so that two requests do not block each other
    values = [Jsonb(_stored(outcomes[key])) for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [keys, values, [today] * len(keys)])


def prune() -> int:
    """Delete what nobody has used for a month, and the oldest of too many; how many."""
    last = timezone.now().date() - timedelta(days=DAYS_UNUSED)
    deleted, _ = ComparedExports.objects.filter(used_on__lt=last).delete()
    beyond = ComparedExports.objects.order_by("-used_on", "key").values("key")[MOST:]
    more, _ = ComparedExports.objects.filter(key__in=beyond).delete()
    return deleted + more


def _note_use(keys: list[str]) -> None:
    """Without the right to write, as in a standby, the cache still serves."""
    with suppress(DatabaseError), transaction.atomic():
        ComparedExports.objects.filter(key__in=keys).update(used_on=timezone.now().date())


def _stored(outcome: Outcome) -> list[object]:
    pieces, hints = (list(map(list, many)) for many in (outcome.pieces, outcome.hints))
    return [pieces, outcome.expected, outcome.problem, hints]


def _outcome(stored: list[object]) -> Outcome:
    pieces, expected, problem, hints = stored
    return Outcome(
        tuple(Piece(*one) for one in pieces),  # type: ignore[attr-defined]  # as `_stored` wrote it
        expected,  # type: ignore[arg-type]  # the same
        problem,  # type: ignore[arg-type]  # the same
        tuple(Hint(*one) for one in hints),  # type: ignore[attr-defined]  # the same
    )
