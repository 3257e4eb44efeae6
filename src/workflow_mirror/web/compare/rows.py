"""Rows of the page that compares two customers, with what a user can do about each."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString

from workflow_mirror.access.scope import Scope
from workflow_mirror.compare.agreements import links_in, of_pair
from workflow_mirror.compare.customers import Mirrored
from workflow_mirror.compare.proposals import Proposals
from workflow_mirror.compare.result import AMBIGUOUS, Row
from workflow_mirror.compare.service import Rows
from workflow_mirror.compare.similar import Candidate
from workflow_mirror.web.compare.chosen import Chosen, diff_url
from workflow_mirror.web.compare.words import LABELS, VARIANTS, told
from workflow_mirror.web.kit import table_cells
from workflow_mirror.workflows.secrets import masked


@dataclass(frozen=True)
class Proposed:
    """A counterpart that the user may confirm: keys of the workflows of source and target."""

    name: str
    zuora_id: str
    alike: int | None
    source: int
    target: int
    link: str


@dataclass(frozen=True)
class ShownRow:
    """`link` opens the diff; `linked` is the key of the link that made the pair, if one did."""

    row: Row[Mirrored]
    label: str | Promise
    variant: str
    text: str
    link: str = ""
    linked: int | None = None
    proposed: list[Proposed] = field(default_factory=list)

    @property
    def state(self) -> SafeString:
        return table_cells.label(self.label, self.variant)

    @property
    def name(self) -> str:
        return masked(self.row.name)

    @property
    def other_name(self) -> str:
        """The name of the target, where it is another one."""
        source, target = self.row.names
        return masked(target) if self.row.is_pair and source != target else ""


def shown_rows(scope: Scope, both: Chosen, rows: Rows, visible: Rows) -> list[ShownRow]:
    """`rows` are all, among which counterparts are proposed for those that are visible."""
    proposals = Proposals(scope, rows) if any(not row.is_pair for row in visible) else None
    links = _links(scope, both) if any(row.by == "link" for row in visible) else {}
    return [_shown(row, links, proposals) for row in visible]


def _shown(row: Row[Mirrored], links: dict[str, int], proposals: Proposals | None) -> ShownRow:
    link = diff_url(row.source.id, row.target.id) if row.source and row.target else ""
    return ShownRow(
        row,
        LABELS[row.status],
        VARIANTS[row.status],
        told(row),
        link if row.outcome and not row.outcome.problem else "",
        links.get(row.source.zuora_id) if row.source and row.by == "link" else None,
        [_proposed(row, one) for one in proposals.for_row(row)] if proposals else [],
    )


def _proposed(row: Row[Mirrored], candidate: Candidate[Mirrored]) -> Proposed:
    other = candidate.workflow
    mine: Any = row.source or row.target
    source, target = (mine.id, other.id) if row.source else (other.id, mine.id)
    alike = None if row.status == AMBIGUOUS else candidate.alike
    return Proposed(
        masked(other.name), other.zuora_id, alike, source, target, diff_url(source, target)
    )


def _links(scope: Scope, both: Chosen) -> dict[str, int]:
    """Keys of links by the Zuora ID of the source's workflow."""
    found = of_pair(links_in(scope), both.source.pk, both.target.pk)
    is_first = both.source.pk < both.target.pk
    return {(one.first_zuora_id if is_first else one.second_zuora_id): one.pk for one in found}
