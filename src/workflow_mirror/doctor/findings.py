"""The result of one check."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"  # worth a look; the mirror works
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """`todo` says what to do; empty if the check is ok."""

    check: str
    state: State
    text: str
    todo: str = ""


def ok(check: str, text: str) -> Finding:
    return Finding(check, State.OK, text)


def warning(check: str, text: str, todo: str) -> Finding:
    return Finding(check, State.WARNING, text, todo)


def failed(check: str, text: str, todo: str) -> Finding:
    return Finding(check, State.FAILED, text, todo)
