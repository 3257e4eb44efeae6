"""zwm sync-workflows and zwm sync-tasks."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.completion import customer_names
from workflow_mirror.cli.output import (
    CommandError,
    WrongUseError,
    print_json,
    print_line,
    print_note,
    print_table,
)
from workflow_mirror.cli.progress import SyncProgress

if TYPE_CHECKING:
    from workflow_mirror.customers.models import Customer
    from workflow_mirror.sync.requests import Answer
    from workflow_mirror.sync.results import SyncResult

COMPLETED_WITH_ERRORS = 3

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def sync_workflows(  # noqa: PLR0913 - one option each
    *,
    customer: Annotated[
        list[str] | None,
        typer.Option(help="Sync this customer. Repeat for more.", autocompletion=customer_names),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Sync all active customers.")] = False,
    sync: Annotated[
        bool, typer.Option("--sync", help="Sync in this process, without the queue.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the queued jobs end.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Also export unchanged workflows.")] = False,
    allow_mass_delete: Annotated[
        bool,
        typer.Option(
            "--allow-mass-delete",
            help="Accept the deletion of more than 20% of a customer's workflows.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring the mirror of customers up to date.

    Exit code 0: all well; 3: some workflows could not be exported; 1: a sync failed.

    Example: `zwm sync-workflows --all --sync`
    """
    if bool(customer) == every:
        raise WrongUseError("Use --customer or --all to choose customers")
    if sync and wait:
        raise WrongUseError("Use --sync or --wait, not both")
    with mirror.opened():
        chosen = _chosen(customer)
        wishes = {"full": full, "allow_mass_delete": allow_mass_delete}
        if sync:
            results = _sync_now(chosen, wishes)
        else:
            answer = _queue(chosen, wishes)
            if not wait:
                _show_queued(answer, as_json=as_json)
                return
            results = _follow(answer)
    show_results(results, as_json=as_json)
    raise typer.Exit(exit_code(results))


def sync_tasks(
    *,
    every: Annotated[bool, typer.Option("--all", help="Of all workflows.")] = False,
    workflow_id: Annotated[
        int | None, typer.Option(help="Of this workflow only: an ID of `zwm workflows list`.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Extract the tasks again from the stored exports, without calling Zuora.

    Example: `zwm sync-tasks --all`
    """
    if every == (workflow_id is not None):
        raise WrongUseError("Use --workflow-id or --all to choose workflows")
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.references.index_again import index_again
        from workflow_mirror.workflows import queries
        from workflow_mirror.workflows.extract_again import extract_again

        pks = queries.exported_workflows(EVERYTHING, workflow_id)
        changes = extract_again(pks)
        index_again(pks)
    if as_json:
        print_json({"workflows": len(pks), **vars(changes)})
    else:
        print_line(
            f"{len(pks)} workflows: {changes.total} tasks, {changes.written} written,"
            f" {changes.deleted} deleted"
        )


def _chosen(names: list[str] | None) -> list["Customer"]:
    from workflow_mirror.access.customers import active_customers, find_customers
    from workflow_mirror.access.scope import EVERYTHING

    if names:
        return find_customers(EVERYTHING, names)
    chosen = list(active_customers(EVERYTHING))
    if not chosen:
        raise CommandError("There are no active customers: zwm customers add --help")
    return chosen


def _sync_now(customers: list["Customer"], wishes: dict[str, bool]) -> list["SyncResult"]:
    from workflow_mirror.sync.direct import sync_now
    from workflow_mirror.sync.requests import Options

    with SyncProgress() as progress:
        return sync_now(
            customers,
            requested_by="command line",
            options=Options(**wishes),
            on_progress=progress.show,
        )


def _queue(customers: list["Customer"], wishes: dict[str, bool]) -> "Answer":
    from workflow_mirror.sync.requests import Options, request_syncs

    return request_syncs(customers, requested_by="command line", options=Options(**wishes))


def _show_queued(answer: "Answer", *, as_json: bool) -> None:
    if as_json:
        print_json({"jobs": [vars(job) for job in answer.jobs], "batch": answer.batch})
        return
    for job in answer.jobs:
        print_line(f"{job.customer}: {'joined' if job.joined else 'queued as'} job {job.id}")
    print_note("Follow the progress with zwm queue monitor; start a worker with zwm queue work")


def _follow(answer: "Answer") -> list["SyncResult"]:
    from workflow_mirror.jobs.queries import alive_workers
    from workflow_mirror.sync.following import follow

    if not alive_workers():
        print_note("No worker is running. Start one with zwm queue work")
    with SyncProgress() as progress:
        return follow(answer.jobs, on_progress=progress.show)


def show_results(results: list["SyncResult"], *, as_json: bool) -> None:
    """Print what each sync did."""
    if as_json:
        print_json({"results": [result.as_dict() for result in results]})
    else:
        numbers = [dict[str, Any](result.stats) for result in results]
        columns = [name for name in numbers[0] if name not in {"errors", "seconds"}]
        print_table(
            ("CUSTOMER", "STATUS", *(name.upper() for name in columns), "SECONDS"),
            (
                (
                    result.customer,
                    result.status.replace("_", " "),
                    *(stats[name] for name in columns),
                    f"{stats['seconds']:.1f}",
                )
                for result, stats in zip(results, numbers, strict=True)
            ),
        )
        for result in results:
            if result.error:
                print_line(f"{result.customer}: {result.error}")
            _print_failures(result)


def _print_failures(result: "SyncResult") -> None:
    from workflow_mirror.workflows.secrets import masked

    listed = result.stats["errors"]
    for failed in listed:
        named = f"{failed['name']} ({failed['zuora_id']})" if failed["zuora_id"] else "a workflow"
        print_line(f"{result.customer}: {masked(named)} failed: {failed['reason']}")
    if (more := result.stats["failed"] - len(listed)) > 0:
        print_line(f"{result.customer}: {more} more workflows failed")


def exit_code(results: list["SyncResult"]) -> int:
    """The exit code of the worst result."""
    from workflow_mirror.sync.results import Status

    statuses = {result.status for result in results}
    if Status.FAILED in statuses:
        return 1
    return COMPLETED_WITH_ERRORS if Status.COMPLETED_WITH_ERRORS in statuses else 0
