"""Texts without their secrets; the extractors see no others."""

from functools import lru_cache

from workflow_mirror.references.extract.marks import HIDDEN, without_marks
from workflow_mirror.workflows.secrets import secret_spans

SHORT = 100
"""Characters of a text about which results are remembered: most texts occur again and again."""


def masked(text: str) -> str:
    """The text with a mark in the place of each secret."""
    return _remembered(text) if len(text) <= SHORT else _masked(text)


def _masked(text: str) -> str:
    text = without_marks(text)
    spans = secret_spans(text)
    if not spans:
        return text
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], HIDDEN]
        end = stop
    return "".join([*pieces, text[end:]])


_remembered = lru_cache(maxsize=16384)(_masked)
