"""zwm workflows: read the mirror."""

from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.completion import customer_names
from workflow_mirror.cli.output import (
    CommandError,
    WrongUseError,
    print_json,
    print_json_lines,
    print_json_list,
    print_line,
    print_note,
    print_table,
    to_json,
    write_file,
)

app = typer.Typer(
    help="The mirrored workflows.",
    no_args_is_help=True,
    epilog="Example: `zwm workflows list`",
)

Id = Annotated[
    int, typer.Argument(metavar="ID", help="Workflow ID, as shown by `zwm workflows list`.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


HEADINGS = {"last_synced_at": "SYNCED"}  # headings that differ from the column's name
TASK_HEADINGS = {"zuora_id": "TASK"}


class State(StrEnum):
    ACTIVE = "Active"
    INACTIVE = "Inactive"


@app.command("list")
def list_workflows(  # noqa: PLR0913 - one option each
    *,
    customer: Annotated[
        list[str] | None,
        typer.Option(
            help="Only workflows of this customer. Repeat for more.", autocompletion=customer_names
        ),
    ] = None,
    state: Annotated[
        State | None, typer.Option(case_sensitive=False, help="Only workflows with this status.")
    ] = None,
    search: Annotated[str, typer.Option(help="Search in name, description and Zuora ID.")] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, max=1_000_000_000, help="Maximum number of workflows.")
    ] = None,
    as_json: Json = False,
    as_lines: Annotated[
        bool, typer.Option("--jsonl", help="One JSON document per line, for large results.")
    ] = False,
) -> None:
    """List mirrored workflows, including those deleted in Zuora.

    Example: `zwm workflows list --customer Rossi --search dunning`
    """
    if as_json and as_lines:
        raise WrongUseError("Use --json or --jsonl, not both")
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.workflows import queries
        from workflow_mirror.workflows.columns import TABLE, WORKFLOWS, shown_in

        workflows = queries.list_workflows(
            EVERYTHING, customers=_names(customer), state=state or "", search=search, limit=limit
        )
        if as_json:
            print_json_list("workflows", workflows)
        elif as_lines:
            print_json_lines(workflows)
        elif (first := next(workflows, None)) is None:
            print_note("No workflows found")
        else:
            names = [column.name for column in shown_in(TABLE, WORKFLOWS)]
            lines = (_line(names, workflow) for workflow in chain([first], workflows))
            print_table((*_headings(names, HEADINGS), "NOTE"), lines)


def _names(customers: list[str] | None) -> list[str] | None:
    if not customers:
        return None
    from workflow_mirror.access.customers import find_customers
    from workflow_mirror.access.scope import EVERYTHING

    return [found.name for found in find_customers(EVERYTHING, customers)]


@app.command()
def show(workflow_id: Id, *, as_json: Json = False) -> None:
    """Show one workflow and its tasks.

    Example: `zwm workflows show 17 --json`
    """
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.workflows import queries
        from workflow_mirror.workflows.columns import TABLE, TASKS, shown_in

        workflow = queries.show_workflow(EVERYTHING, workflow_id)
    if as_json:
        print_json(workflow)
        return
    facts = {key: value for key, value in workflow.items() if key != "tasks"}
    for key, value in facts.items():
        print_line(f"{key.replace('_', ' '):<18} {'' if value in (None, []) else value}")
    print_line("")
    names = [column.name for column in shown_in(TABLE, TASKS)]
    lines = (tuple(task[name] for name in names) for task in workflow["tasks"])
    print_table(_headings(names, TASK_HEADINGS), lines)


@app.command()
def export(
    workflow_id: Id,
    *,
    output: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="File to write to instead of standard output."),
    ] = None,
) -> None:
    """Print the last good export as it is stored, ready for Zuora's import.

    Example: `zwm workflows export 17 --output dunning.json`
    """
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.workflows import queries

        document = queries.stored_export(EVERYTHING, workflow_id)
    if document is None:
        raise CommandError(f"No export of workflow {workflow_id} has ever succeeded")
    if output is None:
        print_json(document)
    else:
        write_file(output, to_json(document) + "\n")
        print_note(f"Written to {output}")


def _headings(names: list[str], special: dict[str, str]) -> tuple[str, ...]:
    return tuple(special.get(name, name.replace("_", " ").upper()) for name in names)


def _line(names: list[str], workflow: dict[str, Any]) -> tuple[Any, ...]:
    synced = workflow["last_synced_at"]
    shown = workflow | {"last_synced_at": synced[:16].replace("T", " ") if synced else "never"}
    return (*(shown[name] for name in names), _note(workflow))


def _note(workflow: dict[str, Any]) -> str:
    if workflow["deleted_at"]:
        return f"vanished {workflow['deleted_at'][:10]}"
    notes = ["export failed"] if workflow["export_error"] else []
    if workflow["draft_version"]:
        notes.append(f"draft {workflow['draft_version']}")
    return ", ".join(notes)
