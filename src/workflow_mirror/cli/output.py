"""The output of commands: data on standard output, everything else on standard error.

Names and descriptions come from Zuora and are untrusted; control characters are escaped, so that
no name can move a terminal's cursor or change its title.
"""

import getpass
import json
import os
import shutil
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow_mirror.errors import SafeError


class CommandError(SafeError):
    """Ends a command with one line on standard error and an exit code (DESIGN: 1, 2 or 3)."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class WrongUseError(CommandError):
    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=2)


class _State:
    has_begun = False  # a document on standard output: no other output may follow


def output_has_begun() -> bool:
    return _State.has_begun


def print_json(document: Any) -> None:
    """Print one JSON document, the only output on standard output, and flush it."""
    sys.stdout.write(to_json(document, ascii_only=_ascii_only()) + "\n")
    sys.stdout.flush()


def print_json_list(name: str, items: Iterable[Any]) -> None:
    """Print {name: [items]} in the format of `print_json`, item by item in constant memory.

    An error while the first item is produced is raised before anything is printed.
    """
    ascii_only = _ascii_only()
    begin, between = f'{{\n  "{name}": [', "\n"
    for item in items:
        _State.has_begun = True
        lines = to_json(item, ascii_only=ascii_only).replace("\n", "\n    ")
        sys.stdout.write(f"{begin}{between}    {lines}")
        begin, between = "", ",\n"
    sys.stdout.write(f"{begin}]\n}}\n" if begin else "\n  ]\n}\n")
    sys.stdout.flush()


def print_json_lines(items: Iterable[Any]) -> None:
    """Print one JSON document per line."""
    ascii_only = _ascii_only()
    for item in items:
        sys.stdout.write(to_json(item, ascii_only=ascii_only, indent=None) + "\n")
    sys.stdout.flush()


def to_json(document: Any, *, ascii_only: bool = False, indent: int | None = 2) -> str:
    import simplejson  # unlike json, it writes the Decimals of a stored export as numbers

    text = simplejson.dumps(document, ensure_ascii=ascii_only, indent=indent, default=_plain)
    # JSON does not escape some control characters, such as U+009B.
    return "\n".join(map(_printable_json, text.split("\n")))


def print_line(text: str) -> None:
    sys.stdout.write(printable(text) + "\n")


def print_note(text: str) -> None:
    """Print a message for people, on standard error."""
    sys.stderr.write(printable(text) + "\n")


def print_table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    from workflow_mirror.cli.tables import lines_of

    # A pipe has no width, so its lines are never folded.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    cells = ([printable("" if cell is None else str(cell)) for cell in row] for row in rows)
    for line in lines_of(list(columns), cells, width):
        sys.stdout.write(line + "\n")


def write_file(path: Path, text: str) -> None:
    """Write a file; an existing file is replaced as a whole. Raises CommandError on failure."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; without one, `--yes` is required. Raises on any answer but yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUseError(f"{question} There is no terminal to ask: confirm with --yes")
    sys.stderr.write(printable(f"{question} [y/N] "))
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandError("Nothing was done")


def read_client_secret(*, from_stdin: bool) -> str:
    """Read the secret from a terminal without echo, or from the first line of standard input."""
    if from_stdin:
        return read_line("client secret")
    if sys.stdin.isatty():
        secret = getpass.getpass("Client secret: ", stream=sys.stderr).strip()
    else:
        raise WrongUseError(
            "No terminal to prompt for the client secret: use --client-secret-stdin"
        )
    if not secret:
        raise WrongUseError("The client secret is empty")
    return secret


def read_line(what: str) -> str:
    """A secret: the first line of standard input. Raises WrongUseError if it is empty."""
    line = _first_line_of_input()
    if not line:
        raise WrongUseError(f"The {what} is empty")
    return line


def takes_colours() -> bool:
    """Whether to use colours; see no-color.org for the variable."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _ascii_only() -> bool:
    return sys.stdout.encoding.lower() != "utf-8"


def _printable_json(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def _first_line_of_input() -> str:
    try:
        return sys.stdin.readline().strip()
    except UnicodeDecodeError as error:
        raise WrongUseError("Standard input is not text") from error


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON value")
