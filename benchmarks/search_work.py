"""Times searches in a large mirror; runs in a separate process, see `benchmarks.worker`."""

import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.search_data import fill_index, sizes
from benchmarks.web_data import Size, fill

Job = dict[str, Any]

# Rare and frequent names and words of search_data, alone and together.
QUERIES = {
    "a rare host": "host:erp1999.example.com",
    "the most frequent host": "host:erp0.example.com",
    "all subdomains": "host:example.com",
    "part of a URL": "url:/v1/items/4711",
    "a rare field": "field:Order.Field599__c",
    "a frequent field": "field:Account.Field0__c",
    "a field of any object": "field:Field3__c",
    "a field by its end": "field:*ield77__c",
    "an object that every task uses": "object:Account",
    "a mail domain": "email:@mail199.example.com",
    "a mailbox": "email:user4711@",
    "a constant": "constant:CONST_299",
    "all secrets": "has:secret",
    "a type": "type:Callout",
    "a frequent type": "type:If",
    "a word of one task": '"task number 4711"',
    "a word of all tasks": '"task number"',
    "a word of many": "invoice",
    "two words of many": "invoice payment",
    "three words of many": "invoice payment billing",
    "a word in names and a type": "dunning type:Callout",
    "a word and a frequent host": "ration host:erp0.example.com",
    "a frequent and a rare name": "object:Account host:erp1999.example.com",
    "two rare names": "host:erp1999.example.com email:@mail199.example.com",
    "three frequent names": "object:Account field:Account.Field0__c has:secret",
    "a rare and a frequent name of one key": "host:erp1999.example.com host:erp0.example.com",
    "two kinds": "has:secret has:constant",
    "with an exclusion": "invoice -payment -type:If",
    "a regular expression": r"/erp19\d\d\.example/",
    "a frequent regular expression": r"/invoice [a-z]+ /",
    "a regular expression and a name": r"/united|erp19\d\d\.example/ object:Account",
    "without a frequent name": "type:Callout -object:Account",
    "a type of a customer": 'customer:"Customer 0007" type:Callout',
    "a customer": 'customer:"Customer 0007"',
    "a customer and a word": 'customer:"Customer 0007" invoice',
    "inactive workflows": "state:inactive invoice",
    "nothing": "nosuchword",
    "nothing by two frequent terms": "object:Account -object:Account invoice",
}


def time_searches(job: Job) -> Job:
    """Milliseconds of every query for each user, after a first one that fills the caches."""
    from workflow_mirror.customers.models import Customer

    started = time.perf_counter()
    if not Customer.objects.exists():
        fill(Size(**job["size"]))
        fill_index()
    built = time.perf_counter() - started
    times: dict[str, list[float]] = defaultdict(list)
    processor: dict[str, list[float]] = defaultdict(list)
    totals = {}
    for who, scope in _scopes().items():
        for name, query in QUERIES.items():
            for number in range(job["rounds"] + 1):
                wall, used, totals[f"{who}: {name}"] = _search(query, scope)
                if number:
                    times[f"{who}: {name}"].append(wall)
                    processor[f"{who}: {name}"].append(used)
    return {
        "seconds_to_build": round(built),
        "bytes_a_task": sizes(),
        "totals": totals,
        "times": times,
        "processor": processor,
    }


def _scopes() -> dict[str, Any]:
    from workflow_mirror.access.scope import EVERYTHING, Scope
    from workflow_mirror.customers.models import Customer

    pks = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    return {"all": EVERYTHING, "one": Scope((pks[7],)), "half": Scope(tuple(pks[::2]))}


def _search(text: str, scope: Any) -> tuple[float, float, int]:
    """Milliseconds, those of processor time, and hits."""
    from workflow_mirror.references.query import parse
    from workflow_mirror.references.search import search

    started, used = time.perf_counter(), _processor_ms()
    found = search(parse(text), scope)
    return 1000 * (time.perf_counter() - started), _processor_ms() - used, found.total


def _processor_ms() -> float:
    """Of this process and of its server process; on Linux."""
    from django.db import connection

    connection.ensure_connection()
    server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return 1000 * time.process_time() + int(server.read_text(encoding="ascii").split()[0]) / 1e6
