"""zwm customers: manage the mirrored tenants."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.completion import customer_names
from workflow_mirror.cli.output import (
    WrongUseError,
    confirm,
    print_json,
    print_line,
    print_note,
    print_table,
    read_client_secret,
)

if TYPE_CHECKING:
    from workflow_mirror.customers.access import CredentialsReport
    from workflow_mirror.customers.models import Customer

app = typer.Typer(
    help="The Zuora tenants that are mirrored.",
    no_args_is_help=True,
    epilog="Example: `zwm customers list`",
)

NewName = Annotated[str, typer.Argument(metavar="NAME", help="The customer's name.")]
Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The customer's name.", autocompletion=customer_names),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
SecretStdin = Annotated[
    bool,
    typer.Option(
        "--client-secret-stdin",
        help="Read the client secret from standard input. Default: prompt on a terminal.",
    ),
]
BASE_URL_HELP = "Zuora's REST base URL, such as https://rest.eu.zuora.com."
ENTITY_HELP = "Entity ID (Zuora-Entity-Ids), only if the client can access several entities."
ORGS_HELP = "Comma separated organization IDs (Zuora-Org-Ids), only with Multi-Org."


@app.command("list")
def list_customers(*, as_json: Json = False) -> None:
    """List the customers.

    Example: `zwm customers list --json`
    """
    with mirror.opened():
        from workflow_mirror.access.customers import customers_in
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.customers.registry import describe

        customers = [describe(customer) for customer in customers_in(EVERYTHING)]
    if as_json:
        print_json({"customers": customers})
    elif not customers:
        print_note("No customers yet: zwm customers add --help")
    else:
        print_table(
            ("NAME", "ENVIRONMENT", "BASE URL", "ACTIVE", "NEEDS ATTENTION"),
            (
                (
                    customer["name"],
                    customer["environment"],
                    customer["base_url"],
                    "yes" if customer["is_active"] else "no",
                    customer["needs_attention"],
                )
                for customer in customers
            ),
        )


@app.command()
def add(  # noqa: PLR0913 - one option a column
    *,
    name: NewName,
    base_url: Annotated[str, typer.Option(help=BASE_URL_HELP)],
    client_id: Annotated[str, typer.Option(help="OAuth client ID.")],
    client_secret_stdin: SecretStdin = False,
    entity_id: Annotated[str, typer.Option(help=ENTITY_HELP)] = "",
    org_ids: Annotated[str, typer.Option(help=ORGS_HELP)] = "",
    environment: Annotated[str, typer.Option(help="production, sandbox, ...")] = "",
    as_json: Json = False,
) -> None:
    """Add a customer after checking its credentials with Zuora. Rejected ones are not saved.

    The first sync is queued, also if Zuora cannot be reached at the moment.

    Example: `zwm customers add Rossi --base-url https://rest.eu.zuora.com --client-id 1f4...`
    """
    secret = read_client_secret(from_stdin=client_secret_stdin)
    with mirror.opened():
        from workflow_mirror.customers.models import Customer
        from workflow_mirror.sync.first_sync import add_customer

        customer = Customer(
            name=name,
            zuora_base_url=base_url,
            zuora_client_id=client_id,
            zuora_client_secret=secret,
            zuora_entity_id=entity_id,
            zuora_org_ids=org_ids,
            environment=environment,
        )
        with _wrong_values_as_wrong_use():
            report, job = add_customer(customer, requested_by="command line")
    _tell_saved(customer, report, "added", job=job.id if job else None, as_json=as_json)


@app.command()
def update(  # noqa: PLR0913 - one option a column
    *,
    name: Name,
    base_url: Annotated[str | None, typer.Option(help=BASE_URL_HELP)] = None,
    client_id: Annotated[str | None, typer.Option(help="OAuth client ID.")] = None,
    client_secret_stdin: SecretStdin = False,
    entity_id: Annotated[str | None, typer.Option(help=ENTITY_HELP)] = None,
    org_ids: Annotated[str | None, typer.Option(help=ORGS_HELP)] = None,
    environment: Annotated[str | None, typer.Option(help="production, sandbox, ...")] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Include in or exclude from --all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Change a customer. Options that are not given keep their values.

    Example: `zwm customers update Rossi --client-secret-stdin < secret.txt`
    """
    changes = {
        "zuora_base_url": base_url,
        "zuora_client_id": client_id,
        "zuora_client_secret": read_client_secret(from_stdin=True) if client_secret_stdin else None,
        "zuora_entity_id": entity_id,
        "zuora_org_ids": org_ids,
        "environment": environment,
        "is_active": active,
    }
    with mirror.opened():
        from workflow_mirror.access.customers import find_customer
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.customers.registry import save_customer

        customer = find_customer(EVERYTHING, name)
        for column, value in changes.items():
            if value is not None:
                setattr(customer, column, value)
        with _wrong_values_as_wrong_use():
            report = save_customer(customer)
    _tell_saved(customer, report, "changed", as_json=as_json)


@app.command()
def check(name: Name, *, as_json: Json = False) -> None:
    """Check a customer's credentials with Zuora, and show their permissions.

    Example: `zwm customers check Rossi`
    """
    with mirror.opened():
        from workflow_mirror.access.customers import find_customer
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.sync.service import WorkflowSyncService

        report = WorkflowSyncService().validate_customer_credentials(
            find_customer(EVERYTHING, name)
        )
    if as_json:
        print_json({"customer": name, **report.as_dict()})
    else:
        print_table(
            ("CHECK", "RESULT"),
            (
                ("token", _word(report.token)),
                ("list workflows", _word(report.list_workflows)),
                ("export a workflow", _word(report.export_workflows)),
                ("entities", report.entities),
            ),
        )
        if report.problem:
            print_note(report.problem)
    if not report.is_good:
        raise typer.Exit(1)


@app.command()
def remove(
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    as_json: Json = False,
) -> None:
    """Remove a customer with all its mirrored data, after confirmation.

    Example: `zwm customers remove Rossi`
    """
    with mirror.opened():
        from workflow_mirror.access.customers import find_customer
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.customers import registry

        customer = find_customer(EVERYTHING, name)
        going = registry.belongings(customer)
        confirm(
            f"Remove {name} with {going.workflows} workflows, {going.tasks} tasks and"
            f" {going.exports} stored exports?",
            yes=yes,
        )
        registry.remove(customer)
    if as_json:
        print_json({"removed": name, **vars(going)})
    else:
        print_line(f"{name} removed")


@contextmanager
def _wrong_values_as_wrong_use() -> Iterator[None]:
    from workflow_mirror.customers.errors import InvalidCustomerError

    try:
        yield
    except InvalidCustomerError as error:
        raise WrongUseError(str(error)) from error


def _tell_saved(
    customer: "Customer",
    report: "CredentialsReport",
    verb: str,
    *,
    job: int | None = None,
    as_json: bool,
) -> None:
    from workflow_mirror.customers.registry import describe

    if as_json:
        saved = {"customer": describe(customer), "check": report.as_dict(), "job": job}
        print_json(saved)
        return
    print_line(f"{customer.name} {verb}")
    if report.problem:
        print_note(f"Could not check its credentials: {report.problem}")
    if job:
        print_note(f"First sync queued as job {job}; follow it with zwm queue monitor")


def _word(result: bool | None) -> str:  # noqa: FBT001 - the value to describe
    return {True: "works", False: "refused", None: "not found out"}[result]
