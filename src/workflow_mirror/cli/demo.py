"""zwm demo: pretend Zuora tenants, mirrored in a separate data directory."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from workflow_mirror.cli import demo_pair, mirror
from workflow_mirror.cli.output import print_json, print_note
from workflow_mirror.cli.progress import SyncProgress
from workflow_mirror.cli.sync import exit_code, show_results
from workflow_mirror.cli.up import free_port, run_everything

if TYPE_CHECKING:
    from workflow_mirror.customers.models import Customer
    from workflow_mirror.fake_zuora import Server, Tenant

WORKFLOWS = {"Aurora Telecomunicazioni": 180, "Brenta Energia": 90, "Cadore Software": 40}
HOST = "127.0.0.1"
CONCURRENCY = 4
LATENCY = 0.02  # seconds per request; Zuora takes ten times as long
SENDER = "mirror@example.com"


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Sync, print the stats and exit.")] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the web admin; 0 chooses a free one.")
    ] = 8000,
    smtp: Annotated[
        str,
        typer.Option(metavar="URL", help="Send notifications through this SMTP server."),
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ] = False,
) -> None:
    """Start pretend Zuora tenants, mirror them, and show them in the web admin until Ctrl-C.

    Example: `zwm demo --once`
    """
    port = port or _unused_port()
    directory = _use_own_directory(port, smtp)
    with _pretend_zuora() as server, mirror.opened(migrated=False):
        from workflow_mirror import database

        database.migrate("--verbosity", "0")
        if once:
            raise typer.Exit(_sync_once(server, as_json=as_json))
        port = free_port(HOST, port)
        _prepare(server)
        _tell(server, directory, port, as_json=as_json)
        run_everything(HOST, port, CONCURRENCY)


def _sync_once(server: "Server", *, as_json: bool) -> int:
    from workflow_mirror.sync.direct import sync_now

    with SyncProgress() as progress:
        results = sync_now(_customers(server), requested_by="demo", on_progress=progress.show)
    show_results(results, as_json=as_json)
    return exit_code(results)


def _prepare(server: "Server") -> None:
    """Create the customers and their history; a later start only brings it up to date."""
    from workflow_mirror.access.scope import EVERYTHING
    from workflow_mirror.cli import demo_story
    from workflow_mirror.jobs.scoped import batches_in
    from workflow_mirror.logs import quiet
    from workflow_mirror.sync.requests import request_syncs

    customers = _customers(server)
    demo_pair.settle()
    if batches_in(EVERYTHING).exists():  # the history has batches, `--once` has none
        demo_story.catch_up(server.fake)
        request_syncs(customers, requested_by="demo")
        return
    print_note("Simulating a few days of pretend customers ...")
    with quiet():
        demo_story.live_through(server.fake, customers)


def _unused_port() -> int:
    """Needs no settings, which are read once the directory is known."""
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


def _use_own_directory(port: int, smtp: str) -> str:
    """Stay separate from the real mirror: its database, secrets, host rules and mail server."""
    from workflow_mirror import home, secret_variables

    directory = str(home.data_directory() / "demo")
    secret_variables.forget()
    for name in [name for name in os.environ if name.startswith("ZWM_OIDC_")]:
        del os.environ[name]
    os.environ.pop("ZWM_LOCAL_LOGIN", None)
    os.environ |= {"ZWM_HOME": directory, "ZWM_ZUORA_ALLOW_LOCAL": "1"}
    os.environ |= {"ZWM_BASE_URL": f"http://{HOST}:{port}", "ZWM_MAIL_FROM": SENDER}
    if smtp:
        os.environ["ZWM_SMTP_URL"] = smtp
    return directory


@contextmanager
def _pretend_zuora() -> Iterator["Server"]:
    from workflow_mirror.fake_zuora import FakeZuora, serve

    fake = FakeZuora(latency=LATENCY)
    for number, (name, workflows) in enumerate(WORKFLOWS.items()):
        tenant = fake.add_tenant(name, dialect="documented" if number == 1 else "newer")
        tenant.generate(workflows, seed=number)
    demo_pair.add_tenants(fake)
    with serve(fake) as server:
        yield server


def _customers(server: "Server") -> list["Customer"]:
    return [_customer_of(tenant, server) for tenant in server.fake.tenants.values()]


def _customer_of(tenant: "Tenant", server: "Server") -> "Customer":
    """The customer of a pretend tenant. Address and credentials change on every start."""
    from workflow_mirror.access.customers import customers_in
    from workflow_mirror.access.scope import EVERYTHING
    from workflow_mirror.customers.models import Customer
    from workflow_mirror.customers.registry import save_customer

    known = customers_in(EVERYTHING).filter(name=tenant.name)
    customer = known.first() or Customer(name=tenant.name)
    customer.zuora_base_url = server.base_url
    customer.zuora_client_id = tenant.client_id
    customer.zuora_client_secret = tenant.client_secret
    customer.environment = demo_pair.ENVIRONMENTS.get(tenant.name, "demo")
    save_customer(customer)
    return customer


def _tell(server: "Server", directory: str, port: int, *, as_json: bool) -> None:
    from workflow_mirror.first_admin import USERNAME, renew_admin

    password = renew_admin()
    if as_json:
        print_json(
            {
                "url": f"http://{HOST}:{port}/",
                "username": USERNAME,
                "password": password,
                "zuora": server.base_url,
                "home": directory,
            }
        )
    print_note(f"Pretend Zuora at {server.base_url}; change its state under /_fake/.")
    print_note("To use the mirror from another terminal:")
    print_note(f"  ZWM_HOME={directory} ZWM_ZUORA_ALLOW_LOCAL=1 zwm workflows list")
    print_note(f"Log in as {USERNAME} with the password {password}")
    print_note("Ctrl-C stops the demo.")
