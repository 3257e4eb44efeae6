"""Long output on a terminal, one screen at a time."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress

DEFAULT = "less"
# Git's defaults: quit if the text fits on one screen, keep colours, leave the text on the screen.
LESS = {"LESS": "FRX", "LV": "-c"}


def page(lines: Iterable[str]) -> None:
    """Print lines that are already escaped; through `$PAGER` if they exceed the terminal."""
    told = list(lines)
    text = "\n".join(told) + "\n"
    if sys.stdin.isatty() and sys.stdout.isatty() and len(told) >= shutil.get_terminal_size().lines:
        command = _pager()
        if command and _paged(command, text):
            return
    sys.stdout.write(text)


def _pager() -> list[str]:
    """The pager command; empty if the user wants no pager or the pager is not installed."""
    try:
        words = shlex.split(os.environ.get("PAGER", DEFAULT))
    except ValueError:  # an unclosed quote
        return []
    return words if words and shutil.which(words[0]) else []


def _paged(command: list[str], text: str) -> bool:
    """Whether the pager has run. Quitting early is not an error."""
    sys.stdout.flush()
    encoding = sys.stdout.encoding
    try:
        pager = subprocess.Popen(  # noqa: S603 - the user's own command
            command, stdin=subprocess.PIPE, env=LESS | dict(os.environ)
        )
    except OSError:
        return False
    with suppress(BrokenPipeError):
        pager.communicate(text.encode(encoding, "backslashreplace"))
    return True
