"""One chaos run in a prepared environment: Django is set up and the fake is serving."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from benchmarks.chaos import verdict, witness
from benchmarks.chaos.crew import BLOWS, Crew
from benchmarks.chaos.plan import Decision, decide, play
from benchmarks.chaos.server import RESTARTS, DatabaseServer
from benchmarks.chaos.traffic import TRAFFIC, Traffic
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Server, Tenant
from workflow_mirror.jobs import control
from workflow_mirror.jobs.models import JobAttempt, JobRun

WORKFLOWS = 6
TASKS = 4
SECONDS_FOR_THE_REST = 240.0


@dataclass(frozen=True)
class Settings:
    seed: str
    seconds: float
    customers: int
    workers: int
    stalled_after: float


class Chaos:
    """`counts` tell what was done, `wrong` what must not be."""

    def __init__(self, settings: Settings, zuora: Server, home: Path, logs: Path) -> None:
        self.counts = Counter[str]()
        self.wrong: list[str] = []
        self._settings = settings
        self._fake = zuora.fake
        self._customers = [_customer(zuora, number) for number in range(settings.customers)]
        self._crew = Crew(settings.workers, logs, settings.stalled_after)
        self._database = DatabaseServer(home, settings.stalled_after)
        self._traffic = Traffic(zuora.fake, self._customers)

    def run(self) -> None:
        witness.install()
        with self._crew:
            self._traffic.ask_for([customer for customer, _ in self._customers])
            self._rage()
            self._calm_down()
            self._finish()
        self._judge()

    def _rage(self) -> None:
        """Three kinds of trouble at once, each by decisions of its own."""
        seed, seconds = self._settings.seed, self._settings.seconds
        blows = decide(f"{seed} crew", seconds=seconds, every=1.5, weights=BLOWS)
        restarts = decide(f"{seed} database", seconds=seconds, every=20.0, weights=RESTARTS)
        traffic = decide(f"{seed} traffic", seconds=seconds, every=0.06, weights=TRAFFIC)
        with ThreadPoolExecutor() as pool:
            troubles = [
                pool.submit(_play, blows, self._crew.strike),
                pool.submit(_play, restarts, self._database.restart),
                pool.submit(_play, traffic, self._traffic.act),
            ]
        for trouble in troubles:
            trouble.result()

    def _calm_down(self) -> None:
        self._crew.calm()
        self._fake.clear_faults()
        connection.close()  # a restart has cut it
        self._wait()
        self.wrong += verdict.unexplained_failures()

    def _finish(self) -> None:
        """What has failed is tried again, and everybody is synced once more."""
        control.retry_all()
        self._traffic.ask_for([customer for customer, _ in self._customers])
        self._wait()

    def _wait(self) -> None:
        """Until no job is left, or for so long that some must have got lost."""
        deadline = time.monotonic() + SECONDS_FOR_THE_REST
        while verdict.unfinished() and time.monotonic() < deadline:
            time.sleep(0.2)

    def _judge(self) -> None:
        """With everything at its end, the workers too."""
        traffic, testimony = self._traffic, witness.hear()
        listener = verdict.Listener(self._fake.requests, self._crew.ends)
        self.wrong += verdict.unfinished()
        self.wrong += verdict.lost_requests(traffic.requests, traffic.unanswered)
        self.wrong += verdict.doubled_attempts()
        self.wrong += verdict.strange_ends(self._crew.ends)
        self.wrong += (f"written without the lock: {write}" for write in testimony.unlocked)
        for customer, tenant in self._customers:
            self.wrong += verdict.not_succeeded(customer)
            self.wrong += verdict.differences(customer, tenant, traffic.removed(tenant))
            self.wrong += listener.doubled_syncs(customer, tenant)
        self._count(listener, testimony.writes)

    def _count(self, listener: verdict.Listener, writes: int) -> None:
        self.counts += self._crew.done + self._database.done
        self.counts += self._traffic.done + self._traffic.faults_struck()
        self.counts += Counter(f"worker ended with {end.code}" for end in self._crew.ends)
        runs = JobRun.objects.values_list("status", flat=True)
        self.counts += Counter(f"job {status}" for status in runs)
        attempts = JobAttempt.objects.values_list("outcome", flat=True)
        self.counts += Counter(f"attempt {outcome}" for outcome in attempts)
        self.counts["syncs that Zuora saw"] = listener.syncs
        self.counts["requests of workers that had lost their job"] = listener.strays
        self.counts["rows written under the customer's lock"] = writes


def _play(decisions: list[Decision], act: Callable[[Decision], None]) -> None:
    try:
        play(decisions, act)
    finally:
        connection.close()  # this thread's


def _customer(zuora: Server, number: int) -> tuple[Customer, Tenant]:
    tenant = zuora.fake.add_tenant(f"customer {number + 1}", dialect="newer")
    tenant.generate(WORKFLOWS, tasks=TASKS, seed=number + 1, variety=False)
    customer = Customer.objects.create(
        name=tenant.name,
        zuora_base_url=zuora.base_url,
        zuora_client_id=tenant.client_id,
        zuora_client_secret=tenant.client_secret,
    )
    return customer, tenant
