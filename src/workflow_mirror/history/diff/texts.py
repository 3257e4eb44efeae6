"""Texts of an export, made comparable: line ends, secrets, and references to tasks by id.

A text that holds a secret or a reference becomes `Marked`: compared by its marks, shown otherwise.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

from workflow_mirror.exact_json import dump
from workflow_mirror.workflows.documents import storable
from workflow_mirror.workflows.secrets import MASK, secret_spans

# No text has a NUL of its own, since `storable` replaces it.
_TASK_MARK = re.compile("\0t(\\d+)\0")
# Source: API.md section 14. `__12` as in Subscription__12.csv.zip, `task_id: 12`, a download's URL.
_IN_FILE_NAME = re.compile(r"__\d+(?![A-Za-z0-9])")  # alone, since most texts need no more
_REFERENCES = re.compile(
    rf"{_IN_FILE_NAME.pattern}"
    r"|task_id[\"'\\]{0,2}\s*(?:=>|[:=])\s*[\"'\\]{0,2}\d+(?!\w)"
    r"|FileDownload[^\s\"'<>]*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")


type Scans = dict[str, "Scan"]
"""By the text as an export has it."""


class Scan(NamedTuple):
    """What a text holds in any document: its clean form, where it has secrets, and what finds the
    tasks to which it may refer.
    """

    text: str
    secrets: list[tuple[int, int]]
    references: re.Pattern[str] | None


class Marked(str):
    """A text to compare; `shown` is what may be displayed in its place."""

    __slots__ = ("shown",)
    shown: str

    def __new__(cls, key: str, shown: str) -> Self:
        text = super().__new__(cls, key)
        text.shown = shown
        return text


def hidden(value: Any) -> Marked:
    """A secret: two are equal where their values are, and no output has the value."""
    digest = hashlib.blake2b(dump(value), digest_size=16, key=b"workflow_mirror.history.diff")
    return Marked(f"\0s{digest.hexdigest()}\0", MASK)


def relabelled(text: str, labels: Callable[[int], str]) -> str:
    """The text with the number in each mark of a task replaced by a label."""
    if "\0t" not in text:
        return text
    key = _TASK_MARK.sub(lambda match: f"\0t{labels(int(match[1]))}\0", text)
    return Marked(key, shown_text(text))


def _scanned(raw: str) -> Scan:
    text = raw if raw.isascii() and "\0" not in raw else storable(raw)[0]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lower = text.lower()
    references = _IN_FILE_NAME if "__" in text else None
    if "task_id" in lower or "filedownload" in lower:
        references = _REFERENCES
    return Scan(text, secret_spans(text), references)


def shown_text(text: str) -> str:
    return text.shown if isinstance(text, Marked) else text


def is_hiding(text: str) -> bool:
    return "\0s" in text


class Texts(dict[str, str]):
    """The texts of one document, as read, by the text as the document has it.

    A dictionary, since most texts of an export occur many times.
    """

    def __init__(self, numbers: Mapping[str, int], scans: Scans) -> None:
        """`numbers` are those of the document's tasks by ID; `scans` are shared by documents."""
        super().__init__()
        self._numbers = numbers
        self._scans = scans

    def __missing__(self, raw: str) -> str:
        scan = self._scans.get(raw)
        if scan is None:
            scan = self._scans[raw] = _scanned(raw)
        read = self[raw] = self._marked(scan) if scan.secrets or scan.references else scan.text
        return read

    def reference(self, value: Any) -> Any:
        """A value that is nothing but ids of tasks, such as a `task_id`: a number or a text."""
        text = _NUMBER.sub(self._mark, str(value))
        return Marked(text, str(value)) if "\0" in text else value

    def _marked(self, scan: Scan) -> str:
        text, references = scan.text, scan.references
        key = shown = ""
        end = 0
        for start, stop in scan.secrets:
            key += self._with_marks(text[end:start], references) + hidden(text[start:stop])
            shown += text[end:start] + MASK
            end = stop
        key += self._with_marks(text[end:], references)
        shown += text[end:]
        return Marked(key, shown) if key != shown else text

    def _with_marks(self, text: str, references: re.Pattern[str] | None) -> str:
        return references.sub(self._marks, text) if references else text

    def _marks(self, match: re.Match[str]) -> str:
        return _NUMBER.sub(self._mark, match[0])

    def _mark(self, match: re.Match[str]) -> str:
        number = self._numbers.get(match[0])
        return match[0] if number is None else f"\0t{number}\0"
