"""Error texts as they were stored before errors had codes, and what they are made of.

Frozen: the migrations of three apps read these, and no later change of a text or code may change
what they do. A text counts as known only where its code and facts give exactly this text again.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

AT_ONCE = 1000

# Texts that end with what is known of Zuora's answer.
_HEADLINES = {
    "zuora_error": "Zuora could not be read",
    "base_url_refused": "This base URL is not allowed",
    "needs_attention": "Zuora refuses this customer",
    "invalid_credentials": "Invalid credentials",
    "missing_permission": "The Zuora user lacks a permission",
    "wrong_host": "This host does not answer as Zuora's API does; check the base URL",
    "try_again": "Zuora could not be read now",
    "unreachable": "Zuora did not answer",
    "rate_limited": "Zuora's rate limit is reached",
    "server_error": "Zuora failed to answer",
    "unusable_answer": "Zuora's answer cannot be used",
    "bad_data": "This workflow cannot be read",
    "not_found": "Zuora does not know this workflow or version",
    "refused_request": "Zuora refused the request",
    "answer_too_large": "Zuora's answer is too large",
}
_NUMBERS = {"missing", "mirrored", "limit", "times", "number"}
_SENTENCES = {
    "base_url_refused.no_url": "The base URL is not a URL",
    "base_url_refused.form": "The base URL must look like https://rest.eu.zuora.com",
    "base_url_refused.password": "The base URL must not hold a user name or password",
    "base_url_refused.path": "The base URL must end after the host: no /v1, no path, no question mark",
    "base_url_refused.host": "The base URL names no host that can exist",
    "base_url_refused.scheme": "The base URL must start with https://",
    "base_url_refused.leads_to_private": "%(host)s leads to a private or loopback address",
    "base_url_refused.private": "%(host)s is a private or loopback address",
    "base_url_refused.foreign": (
        "%(host)s is not a host of zuora.com; to allow it, name it in ZWM_ZUORA_EXTRA_HOSTS"
    ),
    "missing_permission.export": (
        "Zuora lets this user list workflows but not export them; its role needs Workflow View"
        " Access, in some tenants Workflow Manage Access"
    ),
    "unusable_answer.no_token": "Zuora's token answer holds no token",
    "unusable_answer.other_workflow": "Zuora answered another workflow than the asked %(id)s",
    "unusable_answer.no_export": "Zuora's answer is not the export of a workflow",
    "unusable_answer.no_workflow_id": "Zuora's answer holds a workflow without an id",
    "unusable_answer.no_rows": "Zuora's list answer holds no rows",
    "unusable_answer.other_page": "Zuora answered another page than the asked page %(number)s",
    "unusable_answer.repeated_page": "Zuora repeats a page of the list (page %(number)s)",
    "bad_data.nested_too_deeply": "This export is nested too deeply to be stored",
    "decryption_failed": (
        "A stored secret cannot be decrypted: ZWM_ENCRYPTION_KEYS lacks the key it was written"
        " with; restore that key, or set the secret again"
    ),
    "already_syncing": "A sync of %(customer)s is running already",
    "customer_removed": "%(customer)s has been removed from the mirror; there is nothing to sync",
    "sync_too_long": (
        "The sync was stopped after %(hours)s hours (ZWM_SYNC_HOURS); what it has stored stays, and"
        " the next sync continues from there"
    ),
    "lost_lock": (
        "The connection to the database was lost during the sync; check that it is running, then"
        " sync again"
    ),
    "mass_deletion_refused": (
        "%(missing)s of %(mirrored)s mirrored workflows are missing from Zuora's list, more than"
        " the %(limit)s that may vanish at once: nothing was marked as deleted. If they are really"
        " gone, run the sync with --allow-mass-delete"
    ),
    "without_id": "A row of Zuora's list has no ID",
    "unstorable": "The database cannot hold it (%(reason)s)",
    "engine_failed": "The job engine failed. %(reason)s",
    "bug": "A bug ended this job; the log has its trace",
    "database_error": "Database error: %(what)s",
    "database_error.refused": "Database error %(what)s",
    "unexpected_error": "Unexpected error: %(where)s",
}
_WORKER_LOST = (
    "Worker lost: the process that ran this job was killed or frozen %s. It is not retried"
    " automatically; to try again, retry the job"
)
_LOST = re.compile(re.escape(_WORKER_LOST).replace("%s", r"(?:once|(?P<times>\d+) times in a row)"))
_PLACE = re.compile(r"%\((\w+)\)s")
# What follows a headline: " (operation): HTTP 401, Zuora's words, request 1f2e".
_REST = re.compile(r"(?: \((?P<operation>[^()]+)\))?(?:: (?P<details>.+))?", re.DOTALL)
_STATUS = re.compile(r"HTTP (\d{3})(?:, |$)")
_REQUEST = re.compile(r"(?:^|, )request (\S+)$")


def coded(text: str) -> dict[str, Any] | None:
    """Code and facts of a stored text; None for one that is not known."""
    if found := _LOST.fullmatch(text):
        return {"code": "worker_lost", "facts": {"times": int(found["times"] or 1)}}
    for code, pattern in _PATTERNS:
        if found := pattern.fullmatch(text):
            facts = {name: _fact(name, fact) for name, fact in found.groupdict().items()}
            return {"code": code, "facts": facts}
    for code, headline in _BY_LENGTH:
        if text.startswith(headline) and (found := _REST.fullmatch(text, len(headline))):
            facts = _answer(found["operation"] or "", found["details"] or "")
            return {"code": code, "facts": facts} if headline + _told(facts) == text else None
    return None


def add_details(table: str, text: str, details: str) -> None:
    """Fill the column `details` from the column `text` of a table, where that is known."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {text} FROM {table} WHERE {text} <> ''")  # noqa: S608 - our own names
        known = [(one, Jsonb(made)) for (one,) in cursor.fetchall() if (made := coded(one))]
        for some in batched(known, AT_ONCE):
            cursor.execute(
                f"UPDATE {table} SET {details} = known.details"  # noqa: S608 - our own names
                " FROM unnest(%s::text[], %s::jsonb[]) AS known(text, details)"
                f" WHERE {table}.{text} = known.text",
                [list(column) for column in zip(*some, strict=True)],
            )


def change_json(table: str, column: str, condition: str, change: Callable[[Any], Any]) -> None:
    """Give a JSONB column the value that `change` makes of it, in slices, by the primary key."""
    last = 0
    with connection.cursor() as cursor:
        while rows := _slice(cursor, table, column, condition, last):
            last = rows[-1][0]
            changed = [(pk, Jsonb(change(value))) for pk, value in rows]
            cursor.execute(
                f"UPDATE {table} SET {column} = new.value"  # noqa: S608 - our own names
                " FROM unnest(%s::bigint[], %s::jsonb[]) AS new(id, value)"
                f" WHERE {table}.id = new.id",
                [list(values) for values in zip(*changed, strict=True)],
            )


def _slice(
    cursor: Any, table: str, column: str, condition: str, last: int
) -> list[tuple[int, Any]]:
    # As text: Django has psycopg give JSONB as it came.
    cursor.execute(
        f"SELECT id, {column}::text FROM {table}"  # noqa: S608 - our own names
        f" WHERE id > %s AND {condition} ORDER BY id LIMIT {AT_ONCE}",
        [last],
    )
    return [(pk, json.loads(text)) for pk, text in cursor.fetchall()]


def _fact(name: str, text: str) -> Any:
    if name in _NUMBERS:
        return int(text) if text.isdecimal() and str(int(text)) == text else text
    return (coded(text) or text) if name == "reason" else text


def _answer(operation: str, details: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"operation": operation}
    if found := _STATUS.match(details):
        facts["status"], details = int(found[1]), details[found.end() :]
    if found := _REQUEST.search(details):
        facts["request_id"], details = found[1], details[: found.start()]
    return {name: fact for name, fact in {**facts, "reason": details}.items() if fact}


def _told(facts: dict[str, Any]) -> str:
    status = f"HTTP {facts['status']}" if "status" in facts else ""
    request = f"request {facts['request_id']}" if "request_id" in facts else ""
    details = ", ".join(filter(None, (status, facts.get("reason", ""), request)))
    where = f" ({facts['operation']})" if "operation" in facts else ""
    return where + (f": {details}" if details else "")


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for code, template in _longest_first(_SENTENCES):
        parts = _PLACE.split(template)
        groups = [*(f"(?P<{name}>.+)" for name in parts[1::2]), ""]
        texts = [re.escape(text) + group for text, group in zip(parts[::2], groups, strict=True)]
        yield code, re.compile("".join(texts), re.DOTALL)


def _longest_first(texts: dict[str, str]) -> Iterable[tuple[str, str]]:
    return sorted(texts.items(), key=lambda one: len(one[1]), reverse=True)


_PATTERNS = tuple(_patterns())
_BY_LENGTH = tuple(_longest_first(_HEADLINES))
