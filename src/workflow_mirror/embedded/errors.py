"""The one error, and how PostgreSQL's own words become one line of it."""

import re
from pathlib import Path

from workflow_mirror.errors import SafeError

OWN_SERVER = "or set DATABASE_URL to a PostgreSQL server of your own (15 or newer)"

COMPLAINT = re.compile(r"(FATAL|PANIC|ERROR|error):\s+(.+)")

ADVICE = {
    "No space left on device": "Free some space on that disk and try again",
    "Disk quota exceeded": "Free some space on that disk and try again",
    "Read-only file system": "Set ZWM_HOME to a directory that can be written",
    "Permission denied": "Check the owner and the permissions of that file",
    "shared memory": "Raise this machine's limit of shared memory",
    "does not support": "Set ZWM_HOME to a directory on a local disk",
}


class EmbeddedPostgresError(SafeError):
    """The embedded PostgreSQL cannot serve; the message is one line for the user."""


def failure(what: str, output: str, log: Path | None = None) -> EmbeddedPostgresError:
    """Say in one line: what did not work, PostgreSQL's reason, what to do, where to read more."""
    because = reason(output)
    advice = next((text for words, text in ADVICE.items() if words in because), "Put that right")
    more = f" See {log}." if log else ""
    return EmbeddedPostgresError(f"{what}: {because}. {advice}, {OWN_SERVER}.{more}")


def reason(output: str) -> str:
    """Return the line of a program's output, or of the server's log, that names the cause."""
    complaints = COMPLAINT.findall(output)
    # Missing resources cause the rest; otherwise the last fatal error, or the first of all.
    lacking = [text for _, text in complaints if any(words in text for words in ADVICE)]
    fatal = [text for level, text in complaints if level in {"FATAL", "PANIC"}]
    lines = [line for line in output.splitlines() if line.strip()]
    causes = [*lacking[:1], *fatal[-1:], *(text for _, text in complaints), *lines[-1:]]
    return str(causes[0]).strip().rstrip(".") if causes else "it gave no reason"
