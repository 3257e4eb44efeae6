"""What commands print: data on standard output, everything else on standard error.

Names and descriptions come from Zuora and may hold anything; on a terminal their control
characters are shown escaped, so that no name can move the cursor or change the title.
"""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text


class CommandError(Exception):
    """Ends a command with one line on standard error and an exit code (DESIGN: 1, 2 or 3)."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class WrongUseError(CommandError):
    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=2)


def print_json(document: Any) -> None:
    """One JSON document, the only thing on standard output."""
    sys.stdout.write(to_json(document) + "\n")


def to_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, default=_plain)


def print_line(text: str) -> None:
    sys.stdout.write(printable(text) + "\n")


def print_note(text: str) -> None:
    """For people, beside the data: standard error."""
    sys.stderr.write(printable(text) + "\n")


def print_table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable("" if cell is None else str(cell))) for cell in row))
    # A pipe has no width: there, lines are never folded.
    console = Console() if sys.stdout.isatty() else Console(width=10_000, highlight=False)
    console.print(table)


def write_file(path: Path, text: str) -> None:
    """Raises CommandError where it cannot be written; an existing file is replaced whole."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; elsewhere `--yes` must have been given. Raises on anything but yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUseError(f"{question} Say --yes to confirm")
    if not typer.confirm(question, err=True):
        raise CommandError("Nothing was done")


def printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON value")
