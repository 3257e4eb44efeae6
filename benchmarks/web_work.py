"""The measurements of the web admin; each runs in a separate process, see `benchmarks.worker`.

Pages are requested in this process with Django's test client, through all middleware.
"""

import re
import time
from collections import Counter, defaultdict
from itertools import batched
from typing import Any

from benchmarks.statements import recording
from benchmarks.web_data import Size, fill

Job = dict[str, Any]

LARGE_COLUMNS = re.compile(r'"(json_export|list_row|workflow_task_json|data|document)"')
LISTED = re.compile(r"\(%s(, %s)+\)")
BETWEEN_EMPTY_PAGES = 8
GRAPH_TASKS = 300


def look_at_pages(job: Job) -> Job:
    """Fills the mirror unless it is filled; for every page how many statements it runs, how often
    each of them, and the large columns that it reads.
    """
    from benchmarks.web_pages import people, requests_of
    from workflow_mirror.customers.models import Customer

    if not Customer.objects.exists():
        fill(Size(**job["size"]))
    statements, times, large = {}, {}, {}
    for who, user in people().items():
        browser = _browser(user)
        for request in requests_of(who, user):
            with recording() as recorded:
                _get(browser, request.address)
            statements[request.name] = len(recorded)
            times[request.name] = Counter(LISTED.sub("(%s)", text) for text in recorded)
            if found := set(LARGE_COLUMNS.findall(" ".join(recorded))):
                large[request.name] = sorted(found)
    return {"statements": statements, "times": times, "large": large}


def time_pages(job: Job) -> Job:
    """Milliseconds of every page, and of the empty one in between; each page after a first visit
    of its kind, which compiles the templates.
    """
    from benchmarks.web_pages import empty_page, people, requests_of

    browsers = {who: _browser(user) for who, user in people().items()}
    requests = [
        request
        for who, user in people().items()
        for request in requests_of(who, user)
        if re.search(job["only"], request.name)
    ]
    empty: list[float] = []
    times: dict[str, list[float]] = defaultdict(list)
    for request in requests:
        if request.what == "all":
            _get(browsers[request.who], request.address)
    _get(browsers["administrator"], empty_page())
    for _ in range(job["rounds"]):
        for some in batched(requests, BETWEEN_EMPTY_PAGES):
            empty.append(_milliseconds(browsers["administrator"], empty_page()))
            for request in some:
                times[request.name].append(_milliseconds(browsers[request.who], request.address))
    return {"empty": empty, "times": times}


def graph(job: Job) -> Job:
    """Milliseconds until the graph of so many tasks can be used, on the page of its workflow."""
    from benchmarks.web_graph import drawn

    return {"drawn": drawn(job["tasks"])}


def comparison(_job: Job) -> Job:
    """Milliseconds until the comparison of two versions of 300 tasks is drawn."""
    from benchmarks.web_graph import compared

    return {"compared": compared(GRAPH_TASKS)}


def _browser(user: Any) -> Any:
    from django.test import Client

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def _get(browser: Any, address: str) -> bytes:
    answer = browser.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers {answer.status_code}")
    page: bytes = answer.content
    return page


def _milliseconds(browser: Any, address: str) -> float:
    started = time.perf_counter()
    _get(browser, address)
    return 1000 * (time.perf_counter() - started)
