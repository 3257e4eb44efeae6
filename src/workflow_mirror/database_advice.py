"""Why the database refuses work, and what its operator can do."""

from django.db import InterfaceError, OperationalError

from workflow_mirror.error_texts import error_text

_AWAY = "The database is not running or cannot be reached: check that it is running, then try again"

# By the beginning of PostgreSQL's error code; the first that fits counts.
_ADVICE = {
    "25006": (
        "The database is read-only: allow writes (default_transaction_read_only), or set"
        " DATABASE_URL to the primary server if this is a standby"
    ),
    "53100": "The database's disk is full: free some space on it, then try again",
    "53200": "The database is out of memory: give it more, or stop other programs",
    "53300": (
        "The database accepts no more connections: stop other programs that use it, or raise its"
        " max_connections"
    ),
    "53": "The database is out of resources: see its log",
    "57P03": "The database is starting up or shutting down: try again when it is ready",
    "57P": _AWAY,
    "08": _AWAY,
    "57014": "The database cancelled a statement: raise its statement_timeout, or try again later",
    "25P03": "The database ended an idle transaction: raise idle_in_transaction_session_timeout",
    "55P03": "Another program holds a lock for too long: end it, or try again later",
    "40": "The database gave precedence to another program: try again",
    "42501": "The database user lacks a permission: it must own the database and its tables",
    "28": "The database refuses the user or password: check DATABASE_URL",
    "3D000": "The database does not exist: create it, or check DATABASE_URL",
    "42P01": "The database lacks a table: run `zwm migrate`",
    "42703": "The database lacks a column: run `zwm migrate`",
}


def advice(error: BaseException) -> str:
    """One sentence about Django's database error; empty if there is no advice."""
    code = _code(error)
    if code is None:  # the client library speaks, not the server
        return _AWAY if isinstance(error, OperationalError | InterfaceError) else ""
    return next((text for begin, text in _ADVICE.items() if code.startswith(begin)), "")


def advised_text(error: BaseException) -> str:
    """The text of a database error, behind what its operator can do where that is known."""
    said, todo = error_text(error), advice(error)
    return f"{todo} ({said})" if todo else said


def _code(error: BaseException | None) -> str | None:
    """PostgreSQL's, of the error that Django or one of its commands has wrapped."""
    while error is not None:
        code = getattr(error, "sqlstate", None)
        if code is not None:
            return str(code)
        error = error.__cause__ or error.__context__
    return None
