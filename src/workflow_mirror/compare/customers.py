"""The workflows, rules and links of two customers, from the mirror."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from workflow_mirror.access.scope import Scope
from workflow_mirror.compare.models import CustomerPair
from workflow_mirror.compare.rules import Rule
from workflow_mirror.workflows.queries import workflows_in

type CustomerKeys = tuple[int, int]
"""Of two customers, mostly in the order of `CustomerPair`."""


class Mirrored(NamedTuple):
    """A workflow that is in Zuora. `hash` is that of its last good export, "" if there is none."""

    id: int
    zuora_id: str
    name: str
    hash: str
    state: str
    version: str

    @property
    def key(self) -> str:
        return self.zuora_id


@dataclass(frozen=True)
class Agreed:
    """What users have settled for two customers, with one of them as the source."""

    rules: tuple[Rule, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def turned(self) -> "Agreed":
        return Agreed(
            tuple(rule.turned for rule in self.rules),
            tuple((two, one) for one, two in self.links),
        )


NOTHING_AGREED = Agreed()


def workflows_of(scope: Scope, customers: Iterable[int]) -> dict[int, list[Mirrored]]:
    """By customer; without those deleted in Zuora. One statement."""
    found: dict[int, list[Mirrored]] = {customer: [] for customer in customers}
    rows = workflows_in(scope).filter(customer__in=list(found), deleted_at=None)
    columns = ("customer_id", "pk", "zuora_id", "name", "export_hash", "state", "version")
    for customer, *values in rows.order_by("pk").values_list(*columns):
        found[customer].append(Mirrored(*values))
    return found


def in_order(one: int, two: int) -> CustomerKeys:
    """As in `CustomerPair`."""
    return (one, two) if one < two else (two, one)


def agreed_of(scope: Scope, pairs: Iterable[CustomerKeys]) -> dict[CustomerKeys, Agreed]:
    """By pair in order, with the first as the source. Three statements at most."""
    wanted = [pair for pair in pairs if all(map(scope.covers, pair))]
    found: dict[CustomerKeys, Agreed] = dict.fromkeys(wanted, NOTHING_AGREED)
    stored = CustomerPair.objects.filter(
        first__in={one for one, _ in wanted}, second__in={two for _, two in wanted}
    )
    for pair in stored.prefetch_related("rules", "links"):
        key = pair.first_id, pair.second_id
        if key in found:
            found[key] = Agreed(
                tuple(one.rule for one in pair.rules.all()),
                tuple((one.first_zuora_id, one.second_zuora_id) for one in pair.links.all()),
            )
    return found


def agreed_between(scope: Scope, source: int, target: int) -> Agreed:
    """With this source; nothing for versions of one customer, or one outside of the scope."""
    if source == target:
        return NOTHING_AGREED
    pair = in_order(source, target)
    agreed = agreed_of(scope, [pair]).get(pair, NOTHING_AGREED)
    return agreed if pair[0] == source else agreed.turned
