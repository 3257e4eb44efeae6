"""Background activity: syncs are requested, Zuora's data change, and Zuora fails."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from benchmarks.chaos.plan import Decision
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Fault, Tenant
from workflow_mirror.jobs.errors import EngineError
from workflow_mirror.sync.requests import Options, Requested, request_syncs

TRAFFIC = {"ask": 4, "change": 6, "fail": 3}
# A sync refuses to bury more than five at once, and that is not what is tried here.
MOST_REMOVED = 4
CHANGES = ("rename", "edit task", "add version", "switch", "add", "remove", "restore")
# A name of a fault, what it strikes, and its parameters.
FAULTS: tuple[tuple[str, str | None, dict[str, Any]], ...] = (
    ("rate_limited", None, {"retry_after": 1}),
    ("concurrency_limited", None, {"retry_after": 1}),
    ("server_error", None, {}),
    ("server_error", None, {"status": 503, "body": "html"}),
    ("gateway_timeout", None, {}),
    ("slow", None, {"seconds": 1.0}),
    ("slow", "export", {"seconds": 4.0, "part": "body"}),
    ("connection_dropped", None, {}),
    ("cut_body", None, {}),
    ("truncated_json", None, {}),
    ("html", None, {}),
    ("empty_body", None, {}),
    ("bad_gzip", None, {}),
    ("json_value", None, {}),
    ("expired_token", None, {}),
    ("unauthorized", None, {}),
    ("forbidden", "export", {}),
    ("not_found", "export", {}),
    ("bad_credentials", "token", {}),
    ("empty_list", "list", {}),
    ("short_list", "list", {"rows": 2}),
)


@dataclass(frozen=True)
class Request:
    """A request to sync that was answered; `at`: when it was made."""

    at: datetime
    jobs: list[Requested]


@dataclass
class Traffic:
    """`requests` were answered; those of `unanswered` may have been taken or not."""

    fake: FakeZuora
    customers: list[tuple[Customer, Tenant]]
    requests: list[Request] = field(default_factory=list)
    unanswered: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    _removed: dict[str, list[int]] = field(default_factory=dict)
    _faults: list[Fault] = field(default_factory=list)

    def act(self, decision: Decision) -> None:
        {"ask": self._ask, "change": self._change, "fail": self._fail}[decision.what](
            decision.random
        )

    def ask_for(self, customers: list[Customer], options: Options | None = None) -> None:
        """Ask as any caller would; where the database is away, the answer does not come."""
        at, name = timezone.now(), f"chaos {sum(self.done.values())}"
        try:
            answer = request_syncs(customers, requested_by=name, options=options)
        except (DatabaseError, InterfaceError, EngineError):
            connection.close()
            self.unanswered.add(name)
            self.done["request without an answer"] += 1
        else:
            self.requests.append(Request(at, answer.jobs))
            self.done["request"] += 1

    def removed(self, tenant: Tenant) -> set[str]:
        return {str(definition_id) for definition_id in self._removed.get(tenant.name, [])}

    def faults_struck(self) -> Counter[str]:
        struck = Counter[str]()
        for fault in self._faults:
            struck[f"Zuora: {fault.kind.name}"] += fault.used
        return struck

    def _ask(self, random: Random) -> None:
        number = random.choice((1, 1, 1, random.randint(2, 8)))
        chosen = random.sample(self.customers, min(number, len(self.customers)))
        full = random.random() < 0.1
        self.ask_for([customer for customer, _ in chosen], Options(full=full))

    def _fail(self, random: Random) -> None:
        name, on, params = random.choice(FAULTS)
        _, tenant = random.choice(self.customers)
        times = random.choice((1, 2, 5))
        self._faults.append(self.fake.fail(name, times=times, on=on, tenant=tenant, **params))

    def _change(self, random: Random) -> None:
        _, tenant = random.choice(self.customers)
        removed = self._removed.setdefault(tenant.name, [])
        change = random.choice(CHANGES)
        if change == "restore" and removed:
            tenant.restore(removed.pop(random.randrange(len(removed))))
        elif change == "remove" and len(removed) < MOST_REMOVED:
            removed.append(_any(tenant, random))
            tenant.delete(removed[-1])
        elif change == "add":
            tenant.add_workflow(tasks=random.randint(1, 6), active=random.random() < 0.8)
        else:
            _edit(tenant, change, random)
        self.done["change in Zuora"] += 1


def _edit(tenant: Tenant, change: str, random: Random) -> None:
    definition_id = _any(tenant, random)
    if change == "add version":
        tenant.add_version(definition_id, activate=random.random() < 0.7)
    elif change == "switch":
        tenant.set_status(definition_id, random.choice(("Active", "Inactive")))
    elif change == "edit task":
        tenant.edit_task(definition_id)
    else:
        tenant.rename(definition_id, f"Renamed {random.randrange(10**6)}")


def _any(tenant: Tenant, random: Random) -> int:
    return random.choice(sorted(tenant.definitions))
