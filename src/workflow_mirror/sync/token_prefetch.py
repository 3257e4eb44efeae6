"""Prefetches the tokens of the next jobs in the queue while others run.

A token is short-lived, so almost every sync has to fetch one. In an hourly sync that finds little
new, that call takes a third of the time.
"""

import queue
import threading
import time
from typing import Self

import structlog
from django.db import DatabaseError, InterfaceError
from django.db.models.functions import Now

from workflow_mirror.customers.access import open_client
from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.queries import in_queue_order
from workflow_mirror.sync.kinds import SYNC_KINDS
from workflow_mirror.zuora import client as zuora_client
from workflow_mirror.zuora.client import RetryPolicy, ZuoraClient
from workflow_mirror.zuora.errors import ZuoraError

log = structlog.get_logger(__name__)

# Jobs to look ahead, in multiples of the worker's concurrency; other workers take their share.
ROUNDS_AHEAD = 6
SECONDS_BETWEEN_LOOKS = 1.0
THREADS = 4
SECONDS_TO_END = 1.0


class TokenPrefetch:
    """Fetches tokens in background threads while the block runs.

    On failure the job fetches the token again and reports the error. At the end open calls are
    given up, so that no other worker waits for their token.
    """

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._seen: set[int] = set()
        self._next_look = 0.0
        self._looking = threading.Lock()
        self._stopped = threading.Event()
        self._wanted: queue.SimpleQueue[Customer | None] = queue.SimpleQueue()
        self._open: set[ZuoraClient] = set()
        self._threads = [
            threading.Thread(target=self._fetch_on, name=f"token-{number}", daemon=True)
            for number in range(THREADS)
        ]

    def __enter__(self) -> Self:
        zuora_client.warm_up()  # or the first jobs would all wait for the same imports
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for _thread in self._threads:
            self._wanted.put(None)
        for client in tuple(self._open):
            client.give_up()
        until = time.monotonic() + SECONDS_TO_END
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def look(self) -> None:
        """Fetch the tokens of the next jobs. Called when a job starts; throttled to once a second.

        Rejected credentials are left to their customer's job.
        """
        with self._looking:
            if time.monotonic() < self._next_look:
                return
            self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
            self._look()

    def _look(self) -> None:
        due = JobRun.objects.filter(
            kind__in=SYNC_KINDS, status=JobRun.Status.WAITING, due_at__lte=Now()
        )
        following = in_queue_order(due).values_list("pk", "customer")
        customers = dict(following[: ROUNDS_AHEAD * self._concurrency])
        new = [customer for job, customer in customers.items() if job not in self._seen]
        self._seen = set(customers)
        # With their secrets, so that the threads need no database connections.
        unrefused = Customer.objects.filter(pk__in=new, needs_attention="").defer(None)
        try:
            found = {customer.pk: customer for customer in unrefused}
        except DecryptionError:
            return  # the customer's job reports it
        for pk in new:
            if pk in found:
                self._wanted.put(found[pk])

    def _fetch_on(self) -> None:
        while (customer := self._wanted.get()) is not None and not self._stopped.is_set():
            try:
                with open_client(customer, retry=RetryPolicy(attempts=1)) as client:
                    self._fetch(client)
            except (ZuoraError, DatabaseError, InterfaceError) as error:
                reason = type(error).__name__
                log.info("Token not prefetched", customer_id=customer.pk, reason=reason)
            except Exception:
                log.exception("Bug in the token prefetch", customer_id=customer.pk)

    def _fetch(self, client: ZuoraClient) -> None:
        self._open.add(client)
        try:
            if not self._stopped.is_set():
                client.authenticate()
        finally:
            self._open.discard(client)
