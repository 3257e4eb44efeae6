"""What of a diff the page shows: a card for each task with its fields, a line for each link."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflow_mirror.history.diff import Diff, EdgeChange, EdgeEnd, Field, TaskChange, TaskName
from workflow_mirror.history.diff.anchors import edge_anchor, field_anchor, task_anchor
from workflow_mirror.web.workflows.compare.lines import Budget, Piece, pieces_of, visible

MOST_TASKS = 300
MOST_LINKS = 300
MOST_FIELDS = 200
"""Of one task, or of the settings."""
MOST_LINES = 5000
"""Of the whole page."""
MOST_STEPS = 2_000_000
"""Pairs of words that are compared for the whole page; about a second."""
LONGEST_NAME = 300
SETTINGS = "settings"
SIGNS = {"added": "+", "removed": "\N{MINUS SIGN}", "changed": "~", "moved": "\N{LEFT RIGHT ARROW}"}
KINDS: dict[str, str | Promise] = {
    "edited": _("Edited"),
    "renamed": _("Renamed"),
    "retyped": _("Retyped"),
    "format": _("Reformatted"),
    "added": _("Added"),
    "removed": _("Removed"),
    "links": _("Links"),
    "settings": _("Settings"),
    "moved": _("Moved on the canvas"),
}
"""By which changes are filtered; all but the last are shown at first."""


@dataclass(frozen=True)
class ShownField:
    """`pieces` are empty where nothing but a secret differs."""

    anchor: str
    path: str
    is_format: bool
    is_secret: bool
    is_added: bool
    is_removed: bool
    pieces: list[Piece]
    left_out: int


@dataclass(frozen=True)
class Card:
    """A task, or the settings of the workflow; of the latter `names` are empty.

    `names` and `types` are one text, or two where they differ.
    """

    anchor: str
    sign: str
    kinds: list[str]
    names: list[str]
    types: list[str]
    fields: list[ShownField]
    layout: list[ShownField]
    more_fields: int

    @property
    def labels(self) -> list[str | Promise]:
        return [KINDS[kind] for kind in self.kinds if kind != SETTINGS]


@dataclass(frozen=True)
class LinkLine:
    anchor: str
    sign: str
    is_added: bool
    source: str | Promise
    target: str | Promise
    type: str
    condition: str
    details: str


@dataclass(frozen=True)
class Filter:
    kind: str
    label: str | Promise
    number: int

    @property
    def is_on(self) -> bool:
        return self.kind != "moved"


@dataclass
class Shown:
    """`more_tasks` and `more_links` are left out."""

    settings: Card | None = None
    tasks: list[Card] = field(default_factory=list)
    links: list[LinkLine] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    more_tasks: int = 0
    more_links: int = 0


def shown(found: Diff) -> Shown:
    budget = Budget(MOST_LINES, MOST_STEPS)
    settings = _settings_card(found, budget) if found.workflow or found.layout else None
    # Moves last: they are hidden at first, and must not use up the room of changes.
    tasks = sorted(found.tasks, key=lambda task: task.change == "moved")
    in_detail = {id(task): _task_card(task, budget) for task in tasks[:MOST_TASKS]}
    return Shown(
        settings=settings,
        tasks=[in_detail[id(task)] for task in found.tasks if id(task) in in_detail],
        links=[_link(edge) for edge in found.edges[:MOST_LINKS]],
        filters=_filters(found),
        more_tasks=max(0, len(tasks) - MOST_TASKS),
        more_links=max(0, len(found.edges) - MOST_LINKS),
    )


def _settings_card(found: Diff, budget: Budget) -> Card:
    kinds = ([SETTINGS] if found.workflow else []) + (["moved"] if found.layout else [])
    return _card(SETTINGS, SIGNS["changed"], kinds, [], [], (found.workflow, found.layout), budget)


def _task_card(task: TaskChange, budget: Budget) -> Card:
    return _card(
        task_anchor(task),
        SIGNS[task.change],
        _kinds(task),
        _one_or_two(task, "name"),
        _one_or_two(task, "action_type"),
        (task.fields, task.layout),
        budget,
    )


def _card(  # noqa: PLR0913, PLR0917 - what the two kinds of card differ in
    anchor: str,
    sign: str,
    kinds: list[str],
    names: list[str],
    types: list[str],
    fields: tuple[tuple[Field, ...], tuple[Field, ...]],
    budget: Budget,
) -> Card:
    content, layout = fields
    return Card(
        anchor,
        sign,
        kinds,
        names,
        types,
        [_field(anchor, one, budget) for one in content[:MOST_FIELDS]],
        [_field(anchor, one, budget) for one in layout],
        max(0, len(content) - MOST_FIELDS),
    )


def _kinds(task: TaskChange) -> list[str]:
    if task.change in ("added", "removed"):
        return [task.change]
    return [*task.kinds, *(["moved"] if task.layout else [])]


def _one_or_two(task: TaskChange, attribute: str) -> list[str]:
    known: list[TaskName] = [one for one in (task.before, task.after) if one]
    texts = (_short(getattr(one, attribute)) for one in known)
    return list(dict.fromkeys(texts))


def _field(owner: str, found: Field, budget: Budget) -> ShownField:
    is_hidden = found.is_secret and found.before == found.after
    pieces, left_out = ([], 0) if is_hidden else pieces_of(found, budget)
    return ShownField(
        field_anchor(owner, found.path),
        _short(found.path),
        found.is_format,
        found.is_secret,
        found.before is None and not is_hidden,
        found.after is None and not is_hidden,
        pieces,
        left_out,
    )


def _link(edge: EdgeChange) -> LinkLine:
    return LinkLine(
        edge_anchor(edge),
        SIGNS[edge.change],
        edge.change == "added",
        _end(edge.source) if edge.source else _("Workflow"),
        _end(edge.target),
        _short(edge.type),
        _short(edge.condition or ""),
        _short(edge.details),
    )


def _end(end: EdgeEnd) -> str | Promise:
    if end.is_missing:
        number: Any = end.before if end.after is None else end.after
        return _("Missing task %(id)s") % {"id": _short(str(number))}
    return _short(end.name) or str(end.before if end.after is None else end.after)


def _filters(found: Diff) -> list[Filter]:
    counts = Counter(kind for task in found.tasks for kind in _kinds(task))
    counts["links"] = len(found.edges)
    counts[SETTINGS] = len(found.workflow)
    counts["moved"] += bool(found.layout)
    return [Filter(kind, label, counts[kind]) for kind, label in KINDS.items() if counts[kind]]


def _short(text: str) -> str:
    text = visible(text)
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
