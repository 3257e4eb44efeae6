"""A stateful fake of Zuora over real HTTP, for the demo, the tests and the benchmarks.

    fake = FakeZuora()
    acme = fake.add_tenant("acme", dialect="newer")
    acme.generate(30, tasks=20)
    fake.fail("rate_limited", times=2, on="export", retry_after=0)
    with serve(fake) as server:
        ...  # a client at server.base_url with acme.client_id and acme.client_secret
    assert not fake.requests.writes()

`python -m workflow_mirror.fake_zuora` runs the fake in a separate process (see `--help`), where the
control API under `/_fake/` offers the same functions as Python here. The complete reference is
`docs/reference/fake-zuora.md`; `TenantOptions` describes each tenant option, `fault_kinds` each
fault. The fake imports nothing from the rest of `workflow_mirror`.
"""

from workflow_mirror.fake_zuora.clock import Clock, ManualClock, SystemClock
from workflow_mirror.fake_zuora.definitions import Definition, Triggers, Version
from workflow_mirror.fake_zuora.fault_kinds import KINDS as FAULT_KINDS
from workflow_mirror.fake_zuora.faults import Fault, FaultKind
from workflow_mirror.fake_zuora.options import TenantOptions
from workflow_mirror.fake_zuora.request_log import RequestLog, RequestRecord
from workflow_mirror.fake_zuora.server import Server, serve
from workflow_mirror.fake_zuora.state import FakeZuora
from workflow_mirror.fake_zuora.tenants import Tenant, UnknownDefinitionError

__all__ = [
    "FAULT_KINDS",
    "Clock",
    "Definition",
    "FakeZuora",
    "Fault",
    "FaultKind",
    "ManualClock",
    "RequestLog",
    "RequestRecord",
    "Server",
    "SystemClock",
    "Tenant",
    "TenantOptions",
    "Triggers",
    "UnknownDefinitionError",
    "Version",
    "serve",
]
