"""zwm demo: pretend Zuora tenants, mirrored in a data directory of their own."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from workflow_mirror import home
from workflow_mirror.cli import mirror
from workflow_mirror.cli.output import CommandError, print_note
from workflow_mirror.cli.progress import SyncProgress
from workflow_mirror.cli.sync import exit_code, show_results
from workflow_mirror.cli.up import run_everything

if TYPE_CHECKING:
    from workflow_mirror.customers.models import Customer
    from workflow_mirror.fake_zuora import Server, Tenant

WORKFLOWS = {"Aurora Telecomunicazioni": 40, "Brenta Energia": 25, "Cadore Software": 12}
CONCURRENCY = 4
LATENCY = 0.02  # seconds a request; Zuora takes ten times as long


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Sync, print the stats and exit.")] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the pretend Zuora; 0: any free one.")
    ] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ] = False,
) -> None:
    """Start pretend Zuora tenants, mirror them, and keep everything running to play with.

    Example: `zwm demo --once`
    """
    directory = _use_own_directory()
    with _pretend_zuora(port) as server, mirror.opened():
        from workflow_mirror.sync.results import sync_and_tell

        customers = [_customer_of(tenant, server) for tenant in server.fake.tenants.values()]
        with SyncProgress() as progress:
            results = [sync_and_tell(one, on_progress=progress.show) for one in customers]
        show_results(results, as_json=as_json)
        if not once:
            _keep_running(server, directory)
    raise typer.Exit(exit_code(results))


def _use_own_directory() -> str:
    """Keep clear of the real mirror: its database, its secrets, its rules for hosts."""
    directory = str(home.data_directory() / "demo")
    for name in ("DATABASE_URL", "SECRET_KEY", "ZWM_ENCRYPTION_KEYS"):
        os.environ.pop(name, None)
    os.environ |= {"ZWM_HOME": directory, "ZWM_ZUORA_ALLOW_LOCAL": "1"}
    return directory


@contextmanager
def _pretend_zuora(port: int) -> Iterator["Server"]:
    from workflow_mirror.fake_zuora import FakeZuora, serve

    fake = FakeZuora(latency=LATENCY)
    for number, (name, workflows) in enumerate(WORKFLOWS.items()):
        tenant = fake.add_tenant(name, dialect="documented" if number == 1 else "newer")
        tenant.generate(workflows, seed=number)
    with ExitStack() as stack:
        try:
            server = stack.enter_context(serve(fake, port=port))
        except OSError as error:
            raise CommandError(f"Port {port} cannot be used: {error.strerror}") from error
        yield server


def _customer_of(tenant: "Tenant", server: "Server") -> "Customer":
    """The customer of a pretend tenant, whose address and credentials are new on every start."""
    from workflow_mirror.customers.models import Customer
    from workflow_mirror.customers.registry import save_customer

    customer = Customer.objects.filter(name=tenant.name).first() or Customer(name=tenant.name)
    customer.zuora_base_url = server.base_url
    customer.zuora_client_id = tenant.client_id
    customer.zuora_client_secret = tenant.client_secret
    customer.environment = "demo"
    save_customer(customer)
    return customer


def _keep_running(server: "Server", directory: str) -> None:
    print_note(f"\nPretend Zuora at {server.base_url}; its state can be changed under /_fake/.")
    print_note("In another terminal, look at the mirror with")
    print_note(f"  ZWM_HOME={directory} ZWM_ZUORA_ALLOW_LOCAL=1 zwm workflows list")
    print_note("and sync it once more with")
    print_note(f"  ZWM_HOME={directory} ZWM_ZUORA_ALLOW_LOCAL=1 zwm sync-workflows --all --wait")
    print_note("Ctrl-C stops the demo.")
    run_everything(CONCURRENCY)
