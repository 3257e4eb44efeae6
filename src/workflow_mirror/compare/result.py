"""What a comparison of two customers found: a row a pair, and their numbers. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, get_args

from workflow_mirror.compare.pairing import Found, Paired
from workflow_mirror.errors import gettext_noop as _
from workflow_mirror.history.diff.words import Ngettext, Piece, in_english, sentence
from workflow_mirror.workflows.secrets import masked

type Status = Literal["same", "different", "only_in_source", "only_in_target", "ambiguous"]
STATUSES: tuple[Status, ...] = get_args(Status.__value__)
SAME, DIFFERENT, ONLY_IN_SOURCE, ONLY_IN_TARGET, AMBIGUOUS = STATUSES
_MIRRORED: dict[Status, Status] = {
    ONLY_IN_SOURCE: ONLY_IN_TARGET,
    ONLY_IN_TARGET: ONLY_IN_SOURCE,
}
_MIRRORED_PIECES = {
    "added": "removed",
    "removed": "added",
    "edges_added": "edges_removed",
    "edges_removed": "edges_added",
}
_ORDER = ("added", "removed", "edges_added", "edges_removed")

type Problem = Literal["", "no_export", "too_large", "too_deep"]
PROBLEMS: dict[Problem, str] = {
    "": "",
    "no_export": _("Not compared: a workflow has no export yet"),
    "too_large": _("Not compared: an export is too large"),
    "too_deep": _("Not compared: an export is nested too deeply"),
}


class Hint(NamedTuple):
    """A replacement that would cover a difference: the texts of both sides."""

    kind: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of two exports. `expected` counts differences that rules cover."""

    pieces: tuple[Piece, ...] = ()
    expected: int = 0
    problem: Problem = ""
    hints: tuple[Hint, ...] = ()

    @property
    def is_same(self) -> bool:
        return not self.pieces and not self.problem

    @property
    def mirrored(self) -> "Outcome":
        """That of the same exports the other way round."""
        pieces = [Piece(_MIRRORED_PIECES.get(one.code, one.code), one.n) for one in self.pieces]  # type: ignore[arg-type]  # codes, both
        hints = (Hint(one.kind, one.target, one.source) for one in self.hints)
        return Outcome(_in_order(pieces), self.expected, self.problem, tuple(hints))


def _in_order(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Of two that have exchanged their codes, the first stays first."""
    swapped = iter(sorted((one for one in pieces if one.code in _ORDER), key=_place))
    return tuple(next(swapped) if one.code in _ORDER else one for one in pieces)


def _place(piece: Piece) -> int:
    return _ORDER.index(piece.code)


class Shown(Protocol):
    """A workflow as a row shows it; `id` is the mirror's, or the name of a file."""

    @property
    def key(self) -> Hashable: ...
    @property
    def name(self) -> str: ...
    @property
    def id(self) -> int | str: ...
    @property
    def zuora_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Row[W: Shown]:
    """One pair, or one workflow alone. `outcome` is None for the latter, and while it is not known.

    `status` is None as long as the pair is not compared.
    """

    status: Status | None
    source: W | None
    target: W | None
    by: Found
    outcome: Outcome | None = None

    @property
    def names(self) -> tuple[str, str]:
        """Those of the source and the target as they may be shown; "" where there is none."""
        source, target = (masked(one.name) if one else "" for one in (self.source, self.target))
        return source, target

    @property
    def name(self) -> str:
        """That of the source, if there is one."""
        return self.names[0] if self.source else self.names[1]

    @property
    def is_pair(self) -> bool:
        return self.source is not None and self.target is not None

    @property
    def mirrored(self) -> "Row[W]":
        status = self.status and _MIRRORED.get(self.status, self.status)
        outcome = self.outcome and self.outcome.mirrored
        return Row(status, self.target, self.source, self.by, outcome)


def row_of[W: Shown](pair: Paired[W], outcome: Outcome | None) -> Row[W]:
    return Row(_status(pair, outcome), pair.source, pair.target, pair.by, outcome)


def _status[W: Shown](pair: Paired[W], outcome: Outcome | None) -> Status | None:
    if pair.by == "ambiguous":
        return AMBIGUOUS
    if pair.target is None:
        return ONLY_IN_SOURCE
    if pair.source is None:
        return ONLY_IN_TARGET
    if outcome is None:
        return None
    return SAME if outcome.is_same else DIFFERENT


def summary[W: Shown](rows: Iterable[Row[W]]) -> dict[str, int]:
    """How many rows have each status; pairs that are not compared yet are left out."""
    counts = Counter(row.status for row in rows)
    return {status: counts[status] for status in STATUSES}


def text_of[W: Shown](
    row: Row[W], translate: Callable[[str], str] = str, ngettext: Ngettext = in_english
) -> str:
    """One row in a sentence; in another language with its gettext functions."""
    if row.status == AMBIGUOUS:
        return translate(_("Several workflows have this name"))
    if row.outcome is None:
        return ""
    if row.outcome.problem:
        return translate(PROBLEMS[row.outcome.problem])
    text = sentence(row.outcome.pieces, ngettext)
    if not row.outcome.expected:
        return text
    n = row.outcome.expected
    more = ngettext("%(n)s expected difference", "%(n)s expected differences", n) % {"n": n}
    return f"{text} ({more})"


def as_json[W: Shown](source: str, target: str, rows: Iterable[Row[W]]) -> dict[str, Any]:
    """The shape of `zwm compare --json`, on which other programs rely."""
    rows = list(rows)
    return {
        "source": source,
        "target": target,
        "summary": summary(rows),
        "workflows": [
            {
                "name": row.name,
                "status": row.status,
                "source_id": row.source.id if row.source else None,
                "target_id": row.target.id if row.target else None,
                "text": text_of(row),
                "source_zuora_id": row.source.zuora_id if row.source else None,
                "target_zuora_id": row.target.zuora_id if row.target else None,
                "expected": row.outcome.expected if row.outcome else 0,
            }
            for row in rows
        ],
    }
