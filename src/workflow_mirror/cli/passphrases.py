"""Passphrases: typed on a terminal without echo, or the first line of a file."""

import getpass
import sys
from pathlib import Path

from workflow_mirror.cli.output import CommandError, WrongUseError

SHORTEST = 12  # characters of a new one


def new_passphrase(file: Path | None) -> str:
    """Asked for twice. Raises WrongUseError if it is too short, or if nobody can be asked."""
    passphrase = passphrase_of(file)
    if len(passphrase) < SHORTEST:
        raise WrongUseError(f"The passphrase must have at least {SHORTEST} characters")
    if file is None and _asked("Passphrase again: ") != passphrase:
        raise CommandError("The two passphrases differ: nothing was done")
    return passphrase


def passphrase_of(file: Path | None) -> str:
    """Raises WrongUseError if it is empty, or if nobody can be asked."""
    passphrase = _asked("Passphrase: ") if file is None else _first_line(file)
    if not passphrase:
        raise WrongUseError("The passphrase is empty")
    return passphrase


def _asked(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise WrongUseError("No terminal to ask for the passphrase: use --passphrase-file")
    return getpass.getpass(prompt, stream=sys.stderr)


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise CommandError(f"{file} cannot be read: {reason}") from error
