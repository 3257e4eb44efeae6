"""What may be said about an error in a log line, a database column, a page or a terminal.

The text of an arbitrary exception can repeat data: PostgreSQL quotes the failing row, a parser
quotes its input, and both can hold a third party's password. Only texts that this program wrote
itself (SafeError) are passed on as they are. Of every other exception its type and place are told,
and of a database or operating system error the part that never holds data.

Whatever logs, stores or shows an error uses `error_text` and `error_traceback`;
tests/unit/test_error_texts.py finds code that does not.
"""

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import Error as DjangoDatabaseError
from django.utils.translation import gettext
from psycopg import Error as PsycopgError
from psycopg import InterfaceError, OperationalError

from workflow_mirror.errors import Coded, SafeError, gettext_noop, text_of
from workflow_mirror.network_errors import network_reason

PACKAGE = Path(__file__).parent
LONGEST_TEXT = 500

# SQLSTATE classes whose primary message can quote data: "data exception", and RAISE in a function.
# DETAIL, HINT and CONTEXT are never used; the failing row is quoted there.
_QUOTING_CLASSES = ("22", "P0")
# Connection exception, read-only transaction, insufficient resources (disk full, out of memory,
# too many connections), shutdown and crash recovery.
_UNAVAILABLE = ("08", "25006", "53", "57P")
_OUT_OF_RESOURCES = ("25006", "53", "57P03")
# Data exceptions, and limits such as an index's row size.
_UNSTORABLE = ("22", "54")


class DatabaseFailedError(SafeError):
    """PostgreSQL, or the way there, failed; without an SQLSTATE."""

    code = "database_error"
    template = gettext_noop("Database error: %(what)s")


class DatabaseRefusedError(SafeError):
    """PostgreSQL refused a statement; `what` begins with the name of the error."""

    code = "database_error.refused"
    template = gettext_noop("Database error %(what)s")


class OperatingSystemError(SafeError):
    code = "os_error"
    template = "%(type)s: %(reason)s"  # the same in every language, unless the reason has a code


class UnexpectedError(SafeError):
    """A bug. `where` is the type of the exception and its place."""

    code = "unexpected_error"
    template = gettext_noop("Unexpected error: %(where)s")


def safe_error(error: BaseException) -> SafeError:
    """The error itself if it is ours, otherwise one of ours that describes it without data."""
    if isinstance(error, SafeError):
        return error
    if (cause := _database_error(error)) is not None:
        return _about_database(cause)
    if isinstance(error, OSError) and error.strerror:
        reason = network_reason(error) or error.strerror
        return OperatingSystemError(type=type(error).__name__, reason=reason)
    return UnexpectedError(where=f"{type(error).__name__}{_place(error)}")


def error_text(error: BaseException) -> str:
    """One printable line of English about any exception, without data."""
    return _in_one_line(str(safe_error(error)) or type(error).__name__)[:LONGEST_TEXT]


def error_details(error: BaseException) -> Coded | None:
    """What is stored with `error_text`, for `translated`; None for an error without a code."""
    coded = safe_error(error).coded
    return _storable(coded) if coded else None


def translated(text: str, details: Coded | None) -> str:
    """A stored error in the language of this thread; the English text where it has no code."""
    try:
        return text_of(details, gettext) if details else text
    except (KeyError, TypeError, ValueError):  # written by another version of this program
        return text


def in_our_language(error: SafeError) -> str:
    """An error that was raised just now, in the language of this thread."""
    return translated(error_text(error), error.coded)


def error_traceback(error: BaseException) -> str:
    """The stack trace of an exception and of those that led to it, with safe texts."""
    return "".join(_chain(error, set()))


def is_unavailable(error: BaseException) -> bool:
    """Whether the database cannot be used now but may be later: away, full, read-only, starting.

    Waiting helps, and the work that met the error is not to blame.
    """
    cause = _database_error(error)
    if cause is None:
        return False
    if cause.sqlstate is None:
        return isinstance(cause, OperationalError | InterfaceError)
    return cause.sqlstate.startswith(_UNAVAILABLE)


def is_out_of_resources(error: BaseException) -> bool:
    """Whether the database refused the work for want of disk, memory or connections, or cannot be
    connected to. Unlike a connection that breaks in the middle, the work cannot have caused it.
    """
    cause = _database_error(error)
    if cause is None:
        return False
    if cause.sqlstate is None:  # a refusal to connect has no SQLSTATE, says libpq
        return isinstance(cause, OperationalError) and str(cause).startswith("connection failed")
    return cause.sqlstate.startswith(_OUT_OF_RESOURCES)


def is_unstorable(error: BaseException) -> bool:
    """Whether PostgreSQL can never store the given data: too long, or no valid value."""
    cause = _database_error(error)
    return cause is not None and str(cause.sqlstate or "").startswith(_UNSTORABLE)


def _chain(error: BaseException, told: set[int]) -> Iterator[str]:
    told.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in told:
        yield from _chain(before, told)
        led_to = "was the direct cause of" if error.__cause__ else "was being handled during"
        yield f"\nThe exception above {led_to} the following exception:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}: {error_text(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for number, member in enumerate(error.exceptions, start=1):
            yield f"\nException {number} of the group:\n\n"
            yield from _chain(member, told)


def _database_error(error: BaseException) -> PsycopgError | None:
    """Psycopg's error, also where Django or the job engine has wrapped it."""
    if isinstance(error, PsycopgError):
        return error
    cause = error.__cause__
    if isinstance(cause, PsycopgError | DjangoDatabaseError):
        return _database_error(cause)
    return None


def _about_database(error: PsycopgError) -> SafeError:
    name, diag = type(error).__name__, error.diag
    if error.sqlstate is None:  # libpq or psycopg speaks, not the server
        if isinstance(error, OperationalError | InterfaceError):
            return DatabaseFailedError(what=_first_line(error))
        return DatabaseRefusedError(what=name)
    what = f"{name} (SQLSTATE {error.sqlstate})"
    if error.sqlstate.startswith(_QUOTING_CLASSES):
        names = (diag.table_name, diag.column_name, diag.constraint_name)
        what += "".join(f", {named}" for named in names if named)
    elif diag.message_primary:
        what += f": {diag.message_primary}"
    return DatabaseRefusedError(what=what)


def _first_line(error: PsycopgError) -> str:
    lines = [line.strip(" -\t") for line in str(error).splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Multiple connection attempts"):
        return lines[-1]
    return lines[0] if lines else ""


def _place(error: BaseException) -> str:
    """The innermost line of this program that was running."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(PACKAGE):
            path = Path(frame.filename).relative_to(PACKAGE)
            return f" in {path}, line {frame.lineno}"
    return ""


def _storable(value: Any) -> Any:
    """Facts as JSONB can hold them; each text in one printable line."""
    if isinstance(value, dict):
        return {name: _storable(fact) for name, fact in value.items()}
    return _in_one_line(value)[:LONGEST_TEXT] if isinstance(value, str) else value


def _in_one_line(text: str) -> str:
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else "?" for c in line)
