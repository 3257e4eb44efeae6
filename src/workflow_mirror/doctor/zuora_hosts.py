"""Whether the Zuora hosts of the customers answer, and what time it is there.

One request for each host, without credentials: any answer will do.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx2

from workflow_mirror.access.customers import active_customers
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import host_policy
from workflow_mirror.doctor.checks import compared
from workflow_mirror.doctor.findings import Finding, failed, ok
from workflow_mirror.errors import fact_text
from workflow_mirror.network_errors import reason_of
from workflow_mirror.zuora.errors import BaseUrlRefusedError
from workflow_mirror.zuora.regions import HostPolicy, checked_base_url, refuse_private_addresses

MOST_HOSTS = 20
AT_ONCE = 4
SECONDS = 10.0


def zuora_hosts() -> Iterator[Finding]:
    urls = active_customers(EVERYTHING).order_by("zuora_base_url")
    known = list(urls.values_list("zuora_base_url", flat=True).distinct()[:MOST_HOSTS])
    policy = host_policy()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for findings in pool.map(lambda url: list(_findings(url, policy)), known):
            yield from findings
    if not known:
        yield ok("zuora", "There is no active customer yet")


def _findings(base_url: str, policy: HostPolicy) -> Iterator[Finding]:
    try:
        date = _date_of(base_url, policy)
    except BaseUrlRefusedError as error:
        yield failed("zuora", str(error), "Correct the base URL of its customers")
    except httpx2.TransportError as error:
        reason = fact_text(reason_of(error) or type(error).__name__)
        text = f"{base_url} does not answer ({reason})"
        yield failed("zuora", text, "Check the network, DNS, firewall and proxy of this host")
    else:
        yield ok("zuora", f"{base_url} answers")
        if date is not None:
            yield compared("clock", f"that of {base_url}", date)


def _date_of(base_url: str, policy: HostPolicy) -> datetime | None:
    """Raises BaseUrlRefusedError and httpx2.TransportError."""
    refuse_private_addresses(checked_base_url(base_url, policy), policy)
    # The body is not read.
    with httpx2.stream("GET", base_url, timeout=SECONDS, follow_redirects=False) as answer:
        return _moment(answer.headers.get("Date", ""))


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
