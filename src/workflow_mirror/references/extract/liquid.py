"""Liquid in a text: the paths that its tags read, with the aliases of loops and assignments."""

import re
from functools import lru_cache
from typing import NamedTuple

from workflow_mirror.references.extract.collector import Names
from workflow_mirror.references.extract.expressions import (
    Expression,
    Path,
    read_expression,
    straight_quotes,
)
from workflow_mirror.references.extract.marks import LIQUID
from workflow_mirror.references.extract.names import named_by
from workflow_mirror.references.extract.reference import Confidence, Kind

LONGEST = 200_000
"""Characters of a text whose tags are read."""
_DEEPEST = 8
"""Segments of a path that follows aliases."""
_TAG = re.compile(
    r"\{\{((?:[^{}]++|\{(?![{%])|\}(?!\}))*+)\}\}"
    r"|\{%((?:[^{}%]++|%(?!\})|\{(?![{%])|\})*+)%\}"
)
_OPENING = re.compile(r"\{\{|\{%")
_END = {
    "raw": re.compile(r"\{%-?\s*endraw\s*-?%\}"),
    "comment": re.compile(r"\{%-?\s*endcomment\s*-?%\}"),
}
_LOOP = re.compile(r"([\w-]+)\s+in\b(.*)", re.DOTALL)
_ASSIGNMENT = re.compile(r"([\w-]+)\s*=(.*)", re.DOTALL)
_BLOCKS = frozenset({"for", "tablerow", "if", "unless", "case", "capture", "ifchanged"})
_TAGS = _BLOCKS | frozenset((
    "assign", "break", "comment", "continue", "cycle", "decrement", "doc", "echo", "else",
    "elsif", "empty", "include", "increment", "liquid", "raw", "render", "when", "#",
))  # fmt: skip
_WITHOUT_VALUE = frozenset({"break", "capture", "continue", "decrement", "else", "increment", "#"})


class Tag(NamedTuple):
    """`alias` becomes another name of `expression.source`; `is_known`: a tag of Liquid itself."""

    name: str
    alias: str
    expression: Expression
    is_known: bool


def has_liquid(text: str) -> bool:
    return "{{" in text or "{%" in text


class Liquid:
    """Reads the tags of one text, in order. `rest` is the text without them."""

    def __init__(self, out: Names, text: str) -> None:
        self._out = out
        self._aliases: dict[str, Path] = {}
        self._open: list[tuple[str, str, Path | None]] = []
        self._used: set[str] = set()  # outputs that were read since an alias changed
        self.literals: list[str] = []
        self.is_odd = len(text) > LONGEST
        self.rest = text if self.is_odd else self._read(text)
        self.is_odd = self.is_odd or bool(self._open) or has_liquid(self.rest)

    def _read(self, text: str) -> str:
        pieces, end = list[str](), 0
        while match := _TAG.search(text, end):
            pieces.append(text[end : match.start()])
            end = match.end()
            if (output := match[1]) is not None:
                pieces.append(LIQUID)
                if output not in self._used:
                    self._used.add(output)
                    self._use(read_expression(_inner(output)))
                continue
            tag = read_tag(_inner(match[2]))
            pieces.append(" ")
            if closing := _END.get(tag.name):
                close = closing.search(text, end)
                self.is_odd |= close is None
                stop = close.start() if close else len(text)
                pieces.append(_OPENING.sub(" ", text[end:stop]))
                end = close.end() if close else len(text)
            else:
                self._do(tag)
        return "".join([*pieces, text[end:]])

    def _do(self, tag: Tag) -> None:
        if tag.alias:
            self._used.clear()
        if tag.name == "liquid":
            for line in tag.alias.splitlines():
                self._do(read_tag(line.strip()))
            return
        self.is_odd |= not tag.is_known
        self._use(tag.expression)
        if tag.name.startswith("end"):
            self._close(tag.name.removeprefix("end"))
        elif tag.name in _BLOCKS:
            self._open.append((tag.name, tag.alias, self._aliases.get(tag.alias)))
        if tag.alias and tag.expression.source:
            self._aliases[tag.alias] = self._resolved(tag.expression.source)

    def _close(self, name: str) -> None:
        if not self._open or self._open[-1][0] != name:
            self.is_odd = True
            return
        _, alias, before = self._open.pop()
        if name in {"for", "tablerow"}:
            self._used.clear()
            if before is None:
                self._aliases.pop(alias, None)
            else:
                self._aliases[alias] = before

    def _use(self, expression: Expression) -> None:
        self.is_odd |= expression.is_odd
        if self._aliases and not expression.roots.isdisjoint(self._aliases):
            confidence = Confidence.LIKELY if expression.is_odd else Confidence.CERTAIN
            for path in expression.paths:
                for found in named_by(self._resolved(path), confidence):
                    self._out.add(*found)
            if expression.workflow:
                self._out.add(Kind.WORKFLOW, expression.workflow, confidence)
        else:
            self._out.add_all(expression.found)
        self.literals += expression.literals

    def _resolved(self, path: Path) -> Path:
        known = self._aliases.get(path[0])
        return path if known is None else (*known, *path[1:])[:_DEEPEST]


@lru_cache(maxsize=8192)
def read_tag(text: str) -> Tag:
    name, _, rest = straight_quotes(text).partition(" ")
    name, _, more = name.partition("\n") if "\n" in name else (name, "", "")
    rest = more + " " + rest if more else rest
    name = name.strip()
    if name.startswith("#"):
        name, rest = "#", ""
    is_known = name in _TAGS or name.removeprefix("end") in _BLOCKS
    if name == "liquid":
        return Tag(name, rest, read_expression(""), is_known)
    alias = ""
    if (name in {"for", "tablerow"} and (match := _LOOP.match(rest.strip()))) or (
        name == "assign" and (match := _ASSIGNMENT.match(rest.strip()))
    ):
        alias, rest = match[1], match[2]
    elif name in _WITHOUT_VALUE:
        rest = ""
    return Tag(name, alias, read_expression(rest), is_known)


def _inner(text: str) -> str:
    return text.removeprefix("-").removesuffix("-").strip()
