"""Differences between two customers that a rule covers, for the page of a diff."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from workflow_mirror.compare.expected import Expected
from workflow_mirror.compare.rules import KINDS
from workflow_mirror.exact_json import text_of
from workflow_mirror.web.workflows.compare.lines import visible

MOST = 200
LONGEST = 200


@dataclass(frozen=True)
class ShownExpected:
    place: str
    path: str
    before: str
    after: str
    rule: str


def shown_expected(found: Iterable[Expected]) -> list[ShownExpected]:
    """The first ones."""
    return [_shown(one) for one in list(found)[:MOST]]


def _shown(one: Expected) -> ShownExpected:
    place = one.task.name if one.task else _("Workflow settings")
    rule = _(KINDS[one.rule.kind])
    return ShownExpected(*map(_short, (place, one.path, one.before, one.after, rule)))


def _short(value: Any) -> str:
    text = visible(text_of(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
