from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest

from workflow_mirror.fake_zuora import Server, Tenant
from workflow_mirror.zuora.auth import TenantAccess
from workflow_mirror.zuora.client import RetryPolicy, ZuoraClient
from workflow_mirror.zuora.regions import HostPolicy

NO_WAIT = RetryPolicy(attempts=3, first_wait=0, longest_backoff=0, jitter=0, longest_wait=2)


class Connect(Protocol):
    """Opens a client of a tenant, by default of `tenant`; its retries wait only if Zuora asks."""

    def __call__(
        self,
        tenant: Tenant | None = None,
        *,
        entity_id: str = "",
        org_ids: str = "",
        **options: Any,
    ) -> ZuoraClient: ...


@pytest.fixture
def connect(server: Server, tenant: Tenant) -> Iterator[Connect]:
    default = tenant
    with ExitStack() as stack:

        def connect(
            tenant: Tenant | None = None,
            *,
            entity_id: str = "",
            org_ids: str = "",
            **options: Any,
        ) -> ZuoraClient:
            whose = tenant or default
            access = TenantAccess(
                server.base_url, whose.client_id, whose.client_secret, entity_id, org_ids
            )
            options.setdefault("retry", NO_WAIT)
            hosts = HostPolicy(allow_local=True)
            return stack.enter_context(ZuoraClient(access, hosts=hosts, **options))

        yield connect


@pytest.fixture
def workflows(tenant: Tenant) -> list[str]:
    """Ids of three workflows of `tenant`, newest first as the list shows them."""
    tenant.generate(3, tasks=2, variety=False)
    return [str(key) for key in sorted(tenant.definitions, reverse=True)]


@pytest.fixture
def client(connect: Connect, workflows: list[str]) -> ZuoraClient:
    """A client of `tenant` with its three workflows."""
    return connect()
