"""The page of the rules and links of two customers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.compare.agreements import MANAGE, links_in, of_pair, rules_in
from workflow_mirror.compare.customers import Mirrored
from workflow_mirror.compare.hints import prefix_hints
from workflow_mirror.compare.result import DIFFERENT, ONLY_IN_SOURCE, ONLY_IN_TARGET, Hint
from workflow_mirror.compare.rules import KINDS, Rule
from workflow_mirror.compare.service import Rows
from workflow_mirror.web.compare.chosen import (
    Chosen,
    check_view,
    chosen_or_404,
    compare_url,
    label_of,
)
from workflow_mirror.web.compare.found import found_for
from workflow_mirror.web.kit.site import site
from workflow_mirror.workflows.secrets import masked

MOST_PROPOSED = 10


@dataclass(frozen=True)
class ShownRule:
    """`key` is None for a rule that is proposed; `number` is how many workflows it would cover."""

    key: int | None
    kind: str
    label: str | Promise
    source: str
    target: str
    by: str = ""
    number: int = 0


@dataclass(frozen=True)
class ShownLink:
    """`names` are those of the workflows; a Zuora ID where there is none any more."""

    key: int
    names: tuple[str, str]
    by: str


@require_safe
def rules_page(request: HttpRequest) -> HttpResponse:
    check_view(request)
    both = chosen_or_404(request)
    scope = scope_of(request.user)
    found = found_for(request, both.source.pk, both.target.pk)
    rows = found.rows(both.source.pk)
    rules = _rules(scope, both)
    context = {
        "title": _("Expected differences"),
        "both": both,
        "names": [label_of(both.source), label_of(both.target)],
        "kinds": [(kind, _(label)) for kind, label in KINDS.items()],
        "rules": rules,
        "proposed": _proposed(rows, rules),
        "links": _links(scope, both, rows),
        "may_manage": may(request.user, MANAGE),
        "back": compare_url(both.source.pk, both.target.pk),
    }
    return TemplateResponse(
        request, "web/comparison/rules.html", {**site.each_context(request), **context}
    )


def _rules(scope: Scope, both: Chosen) -> list[ShownRule]:
    is_first = both.source.pk < both.target.pk
    shown = []
    for stored in of_pair(rules_in(scope), both.source.pk, both.target.pk):
        rule: Rule = stored.rule if is_first else stored.rule.turned
        label = _(KINDS[rule.kind])
        shown.append(
            ShownRule(stored.pk, rule.kind, label, rule.source, rule.target, stored.created_by)
        )
    return shown


def _proposed(rows: Rows, rules: list[ShownRule]) -> list[ShownRule]:
    """Replacements that explain what differs in most workflows, and prefixes of names."""
    counts = Counter(
        hint
        for row in rows
        if row.status == DIFFERENT and row.outcome
        for hint in row.outcome.hints
    )
    alone = {status: _names(rows, status) for status in (ONLY_IN_SOURCE, ONLY_IN_TARGET)}
    ranked: list[tuple[Hint, int]] = [
        *prefix_hints(alone[ONLY_IN_SOURCE], alone[ONLY_IN_TARGET]),
        *counts.most_common(MOST_PROPOSED),
    ]
    known = {(rule.kind, rule.source, rule.target) for rule in rules}
    return [
        ShownRule(None, hint.kind, _(_label(hint.kind)), hint.source, hint.target, number=number)
        for hint, number in ranked
        if tuple(hint) not in known
    ][:MOST_PROPOSED]


def _label(kind: str) -> str:
    return next(label for known, label in KINDS.items() if known == kind)


def _names(rows: Rows, status: str) -> list[str]:
    return [masked(row.name) for row in rows if row.status == status]


def _links(scope: Scope, both: Chosen, rows: Rows) -> list[ShownLink]:
    is_first = both.source.pk < both.target.pk
    names = [_by_id(row.source for row in rows), _by_id(row.target for row in rows)]
    shown = []
    for link in of_pair(links_in(scope), both.source.pk, both.target.pk):
        ids = link.first_zuora_id, link.second_zuora_id
        ids = ids if is_first else ids[::-1]
        told = (names[0].get(ids[0], ids[0]), names[1].get(ids[1], ids[1]))
        shown.append(ShownLink(link.pk, told, link.created_by))
    return shown


def _by_id(workflows: Iterable[Mirrored | None]) -> dict[str, str]:
    return {one.zuora_id: masked(one.name) or one.zuora_id for one in workflows if one}
