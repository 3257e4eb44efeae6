"""Faults on demand: the kinds of faults, and the choice of the fault that applies to a call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow_mirror.fake_zuora.answers import Answer
from workflow_mirror.fake_zuora.calls import Call
from workflow_mirror.fake_zuora.operations import READS

Effect = Callable[[Call, Mapping[str, Any]], Answer]
OPERATIONS = ("token", *READS)


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A fault that can be requested by name."""

    name: str
    effect: Effect
    defaults: Mapping[str, Any]
    operations: frozenset[str] | None
    """Operations that it can affect; None: any request to Zuora."""
    later_pages: bool = False
    """Applies only to list calls for page 2 and up, or for the page in parameter `page`."""

    @property
    def description(self) -> str:
        return " ".join((self.effect.__doc__ or "").split())


@dataclass(slots=True)
class Fault:
    """A requested fault, and how often it was applied."""

    kind: FaultKind
    times: int | None
    on: str | None
    tenant: str | None
    workflow_id: int | None
    after: int
    params: Mapping[str, Any]
    matched: int = field(default=0)
    used: int = field(default=0)

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.used >= self.times

    def strike(self, call: Call) -> Answer:
        return self.kind.effect(call, self.params)

    def matches(self, call: Call) -> bool:
        name = call.operation.name
        if self.on not in (None, name) or not self._can_strike(call):
            return False
        if self.tenant is not None and (call.tenant is None or call.tenant.name != self.tenant):
            return False
        return self.workflow_id in (None, call.operation.workflow_id)

    def _can_strike(self, call: Call) -> bool:
        if self.kind.operations is not None and call.operation.name not in self.kind.operations:
            return False
        if not self.kind.later_pages:
            return True
        return call.page == (self.params["page"] or call.page) and call.page > 1

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.kind.name,
            "times": self.times,
            "on": self.on,
            "tenant": self.tenant,
            "workflow_id": self.workflow_id,
            "after": self.after,
            "params": dict(self.params),
            "used": self.used,
        }


class FaultPlan:
    """The requested faults, in order. At most one applies to a call: the first that can."""

    def __init__(self, kinds: Mapping[str, FaultKind]) -> None:
        self._kinds = kinds
        self._faults: list[Fault] = []

    def add(  # noqa: PLR0913  (all by keyword)
        self,
        name: str,
        *,
        times: int | None,
        on: str | None,
        tenant: str | None,
        workflow_id: int | None,
        after: int,
        params: Mapping[str, Any],
    ) -> Fault:
        kind = self._kinds.get(name)
        if kind is None:
            raise ValueError(f"unknown fault {name!r}; there are {', '.join(self._kinds)}")
        _check(kind, on, params)
        fault = Fault(kind, times, on, tenant, workflow_id, after, {**kind.defaults, **params})
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def pending(self) -> list[Fault]:
        """Faults that can still apply."""
        return [fault for fault in self._faults if not fault.is_spent]

    def choose(self, call: Call) -> Fault | None:
        """Count the call for every fault that matches it, and return the fault that applies."""
        chosen: Fault | None = None
        for fault in self._faults:
            if fault.is_spent or not fault.matches(call):
                continue
            fault.matched += 1
            if chosen is None and fault.matched > fault.after:
                chosen = fault
        if chosen is not None:
            chosen.used += 1
        return chosen


def _check(kind: FaultKind, on: str | None, params: Mapping[str, Any]) -> None:
    unknown = set(params) - set(kind.defaults)
    if unknown:
        known = ", ".join(kind.defaults) or "none"
        raise ValueError(f"{kind.name} takes no {', '.join(sorted(unknown))}; it takes: {known}")
    if on is not None and on not in OPERATIONS:
        raise ValueError(f"on must be one of {', '.join(OPERATIONS)}, not {on!r}")
    if on is not None and kind.operations is not None and on not in kind.operations:
        raise ValueError(f"{kind.name} strikes {', '.join(sorted(kind.operations))}, not {on}")
