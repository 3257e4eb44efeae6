"""Compares two customers in a separate process, see `benchmarks.worker`."""

import time
from typing import Any

from benchmarks.diff_edits import edited

Job = dict[str, Any]
SHARE = 0.1
"""Of the tasks that are edited, in every other pair."""


def fill_pairs(job: Job) -> dict[str, Any]:
    """Two customers with `workflows` each, of `tasks` tasks: as a sync would have stored them."""
    from workflow_mirror.customers.models import Customer
    from workflow_mirror.workflows.exports import hash_of_content
    from workflow_mirror.workflows.models import Workflow

    customers = [Customer.objects.create(name=f"{side} {job['name']}") for side in ("one", "two")]
    for number in range(job["workflows"]):
        share = SHARE if number % 2 else 0.0
        made = edited(job["seed"] + number, job["tasks"], share=share, renewed=True)
        for customer, document in zip(customers, (made.before, made.after), strict=True):
            Workflow.objects.create(
                customer=customer,
                zuora_id=str(number),
                name=f"Workflow {number}",
                json_export=document,
                export_hash=hash_of_content(document),
            )
    return {"customers": [customer.pk for customer in customers]}


def compare_pairs(job: Job) -> dict[str, Any]:
    """Seconds of the comparison, and of them those of the processor; what is cached is read."""
    from workflow_mirror.access.scope import EVERYTHING
    from workflow_mirror.compare.result import summary
    from workflow_mirror.compare.service import compare_missing, comparison

    one, two = job["customers"]
    started, cpu = time.perf_counter(), time.process_time()
    found = comparison(EVERYTHING, one, two)
    compare_missing(EVERYTHING, found)
    counts = summary(found.rows(one))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return {"seconds": seconds, "cpu": cpu, **counts}


def compare_page(job: Job) -> dict[str, Any]:
    """Seconds of the page of the web admin; the better of two."""
    from django.contrib.auth.models import User
    from django.test import Client

    user, _ = User.objects.get_or_create(username="ada", is_superuser=True, is_staff=True)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    one, two = job["customers"]
    times = []
    for _ in range(2):
        started, cpu = time.perf_counter(), time.process_time()
        answer = client.get(f"/comparison/?source={one}&target={two}")
        times.append((time.perf_counter() - started, time.process_time() - cpu))
        assert answer.status_code == 200
    seconds, cpu = min(times)
    return {"seconds": seconds, "cpu": cpu}
