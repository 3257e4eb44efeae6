"""One measurement in a separate process: `python -m benchmarks.worker NAME < JOB_JSON`.

Prints the results as one JSON object: the seconds of the work alone, without the start of the
process, and the peak memory of the whole process in MB.
"""

import importlib
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.compare_work import compare_page, compare_pairs, fill_pairs
from benchmarks.indexing_work import build_index, index_size, request_index
from benchmarks.queue_work import bare, many_customers, our_layer, queueing
from benchmarks.search_work import time_searches
from benchmarks.statements import counting
from benchmarks.web_work import comparison, graph, look_at_pages, time_pages

Tenant = dict[str, Any]
type Work = Callable[[dict[str, Any]], dict[str, Any]]


def sync(tenant: Tenant) -> dict[str, Any]:
    """A sync of the tenant by the service; creates its customer on the first call."""
    from workflow_mirror.sync.service import WorkflowSyncService

    customer = _customer(tenant)
    with counting() as statements:
        started = time.perf_counter()
        stats = WorkflowSyncService().sync_customer_workflows(customer)
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "stats": stats, "statements": dict(statements)}


def download(tenant: Tenant) -> dict[str, Any]:
    """List and export everything with our client, four at a time, and throw it away."""
    return _download(tenant, at_once=4)


def one_by_one(tenant: Tenant) -> dict[str, Any]:
    return _download(tenant, at_once=1)


def sdk(tenant: Tenant) -> dict[str, Any]:
    """The same as a loop written with Zuora's own Python client."""
    zuora_sdk: Any = importlib.import_module("zuora_sdk")  # without types worth the name

    started = time.perf_counter()
    client = zuora_sdk.ApiClient(zuora_sdk.Configuration(host=tenant["base_url"]))
    token = zuora_sdk.OAuthApi(client).create_token(
        client_id=tenant["client_id"],
        client_secret=tenant["client_secret"],
        grant_type="client_credentials",
    )
    client.default_headers["Authorization"] = f"Bearer {token.access_token}"
    api, page, exported = zuora_sdk.WorkflowsApi(client), 1, 0
    while True:
        listed = api.get_workflows(page=page, page_length=50)
        for row in listed.data:
            api.get_workflow_export(row.id)
            exported += 1
        if not listed.pagination.next_page:
            return {"seconds": time.perf_counter() - started, "exported": exported}
        page += 1


def extract(_tenant: Tenant) -> dict[str, Any]:
    """What `zwm sync-tasks --all` does."""
    from workflow_mirror.access.scope import EVERYTHING
    from workflow_mirror.workflows.extract_again import extract_again
    from workflow_mirror.workflows.queries import exported_workflows

    with counting() as statements:
        started = time.perf_counter()
        pks = exported_workflows(EVERYTHING)
        changes = extract_again(pks)
        seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "workflows": len(pks),
        "tasks": changes.total,
        "statements": sum(statements.values()),
    }


def _download(tenant: Tenant, at_once: int) -> dict[str, Any]:
    from workflow_mirror.customers.models import host_policy
    from workflow_mirror.downloads import Downloads
    from workflow_mirror.zuora.auth import TenantAccess
    from workflow_mirror.zuora.client import ZuoraClient
    from workflow_mirror.zuora.definitions import Definition
    from workflow_mirror.zuora.pages import PageWalk

    access = TenantAccess(tenant["base_url"], tenant["client_id"], tenant["client_secret"])
    started, exported = time.perf_counter(), 0
    with ZuoraClient(access, hosts=host_policy(), at_once=at_once) as client:

        def export(definition: Definition) -> bool:
            return bool(client.export_workflow(definition.zuora_id))

        with Downloads(at_once, export) as downloads:
            for page in PageWalk(client.list_page):
                for definition in page:
                    downloads.submit(definition)
                while downloads.pending > 32:
                    exported += len(downloads.take(25))
            while downloads.pending:
                exported += len(downloads.take(25))
    return {"seconds": time.perf_counter() - started, "exported": exported}


def _customer(tenant: Tenant) -> Any:
    from workflow_mirror.customers.models import Customer

    customer, _ = Customer.objects.get_or_create(
        name=tenant["customer"],
        defaults={
            "zuora_base_url": tenant["base_url"],
            "zuora_client_id": tenant["client_id"],
            "zuora_client_secret": tenant["client_secret"],
        },
    )
    return customer


def _peak_megabytes() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(match.group(1)) / 1024 if match else 0.0


def main() -> None:
    from workflow_mirror import database

    name, job = sys.argv[1], json.load(sys.stdin)
    works: tuple[Work, ...] = (sync, download, one_by_one, sdk, extract)
    works += (
        our_layer,
        bare,
        queueing,
        many_customers,
        look_at_pages,
        time_pages,
        graph,
        comparison,
        time_searches,
        request_index,
        build_index,
        index_size,
        fill_pairs,
        compare_pairs,
        compare_page,
    )
    by_name = {work.__name__: work for work in works}
    with database.ready():
        result = by_name[name](job)
    sys.stdout.write(json.dumps(result | {"peak_mb": _peak_megabytes()}) + "\n")


if __name__ == "__main__":
    main()
