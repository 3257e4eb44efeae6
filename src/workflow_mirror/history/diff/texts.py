"""Texts of an export, made comparable: line ends, secrets, and references to tasks by id.

A text that holds a secret or a reference becomes `Marked`: compared by its marks, shown otherwise.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Self

from workflow_mirror.exact_json import dump
from workflow_mirror.workflows.documents import storable
from workflow_mirror.workflows.secrets import MASK, secret_spans

# No text has a NUL of its own, since `storable` replaces it.
_TASK_MARK = re.compile("\0t(\\d+)\0")
# Source: API.md section 14. `__12` as in Subscription__12.csv.zip, `task_id: 12`, a download's URL.
_REFERENCES = re.compile(
    r"(?<=__)(\d+)(?![A-Za-z0-9])"
    r"|(?<=task_id)([\"'\\]{0,2}\s*(?:=>|[:=])\s*[\"'\\]{0,2})(\d+)(?!\w)"
    r"|(?<=FileDownload)([^\s\"'<>]*)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")


type Spans = dict[str, list[tuple[int, int]]]


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


def _may_refer(text: str) -> bool:
    lower = text.lower()
    return "__" in text or "task_id" in lower or "filedownload" in lower


def shown_text(text: str) -> str:
    return text.shown if isinstance(text, Marked) else text


def is_hiding(text: str) -> bool:
    return "\0s" in text


class Texts:
    """The texts of one document, whose tasks have these numbers by id.

    `spans` remembers where texts hold secrets, for both documents.
    """

    def __init__(self, numbers: Mapping[str, int], spans: Spans) -> None:
        self._numbers = numbers
        self._spans = spans
        self._known: dict[str, str] = {}

    def read(self, raw: str) -> str:
        known = self._known.get(raw)
        if known is None:
            known = self._known[raw] = self._read(raw)
        return known

    def reference(self, value: Any) -> Any:
        """A value that is nothing but ids of tasks, such as a `task_id`: a number or a text."""
        text = _NUMBER.sub(self._mark, str(value))
        return Marked(text, str(value)) if "\0" in text else value

    def _read(self, raw: str) -> str:
        text = raw if raw.isascii() and "\0" not in raw else storable(raw)[0]
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        spans = self._spans.get(text)
        if spans is None:
            spans = self._spans[text] = secret_spans(text)
        if not spans and not _may_refer(text):
            return text
        key = shown = ""
        end = 0
        for start, stop in spans:
            key += self._with_marks(text[end:start]) + hidden(text[start:stop])
            shown += text[end:start] + MASK
            end = stop
        key += self._with_marks(text[end:])
        shown += text[end:]
        return Marked(key, shown) if key != shown else text

    def _with_marks(self, text: str) -> str:
        return _REFERENCES.sub(self._marks, text)

    def _marks(self, match: re.Match[str]) -> str:
        return _NUMBER.sub(self._mark, match[0])

    def _mark(self, match: re.Match[str]) -> str:
        number = self._numbers.get(match[0])
        return match[0] if number is None else f"\0t{number}\0"
