"""zwm workflows: read the mirror."""

import re
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.completion import customer_names
from workflow_mirror.cli.export_files import SOME_MISSING, is_zip, write_directory, write_zip
from workflow_mirror.cli.output import (
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


# As history/versions.py reads it, which needs the database.
STORED = re.compile(r"(?:\d{1,18}|.+:[^@]+)(?:@.+)?", re.ASCII | re.DOTALL)
HEADINGS = {"last_synced_at": "SYNCED"}  # headings that differ from the column's name
OWN_TEXTS = {"customer", "export_error"}
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
        shown = "" if value in (None, []) else _shown(key, value)
        print_line(f"{key.replace('_', ' '):<18} {shown}")
    print_line("")
    names = [column.name for column in shown_in(TABLE, TASKS)]
    lines = (tuple(_shown(name, task[name]) for name in names) for task in workflow["tasks"])
    print_table(_headings(names, TASK_HEADINGS), lines)


@app.command()
def export(
    workflow: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="One workflow, or one of its versions: ID@VERSION. Without it: many workflows.",
        ),
    ] = None,
    *,
    customer: Annotated[
        list[str] | None,
        typer.Option(
            help="All workflows of this customer. Repeat for more.", autocompletion=customer_names
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR|FILE.zip",
            help="Of one workflow: file to write to instead of standard output."
            " Of many: a directory, or a ZIP.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Of many: replace files that have other content.")
    ] = False,
) -> None:
    """Print the last good export as it is stored, ready for Zuora's import; or write those of many.

    Without ID, the exports of all workflows are written, or those of some customers, with a
    manifest. Exit code 3: some workflows have no export.

    Example: `zwm workflows export --customer Rossi --output rossi.zip`
    """
    if workflow is not None:
        if customer or force:
            raise WrongUseError("--customer and --force are for many workflows: leave out the ID")
        _export_one(workflow, output)
    elif output is None:
        raise WrongUseError("Name a workflow, or with --output a directory or a ZIP for many")
    else:
        _export_many(customer, output, force=force)


def _export_one(name: str, output: Path | None) -> None:
    if not STORED.fullmatch(name):
        raise WrongUseError(f"'{name}' is not a workflow; use ID or ID@VERSION")
    if output and output.is_dir():
        raise WrongUseError(f"The file '{output}' is a directory")
    if output and is_zip(output):
        raise WrongUseError("A ZIP is for many workflows: leave out the ID, or name a JSON file")
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.audit.actions import Action
        from workflow_mirror.audit.record import record
        from workflow_mirror.history.versions import document_named

        document = document_named(EVERYTHING, name)
        record(Action.EXPORT_DOWNLOADED, name)
    if output is None:
        print_json(document)
    else:
        write_file(output, to_json(document) + "\n")
        print_note(f"Written to {output}")


def _export_many(customers: list[str] | None, output: Path, *, force: bool) -> None:
    if output == Path("-"):
        raise WrongUseError("Many exports need a directory or a ZIP, not standard output")
    with mirror.opened():
        from workflow_mirror.access.customers import find_customers
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.audit.actions import Action
        from workflow_mirror.audit.record import record
        from workflow_mirror.workflows.archive.exports import exports_of_all, keys_of_customers

        chosen = find_customers(EVERYTHING, customers) if customers else None
        keys = keys_of_customers(EVERYTHING, chosen)
        record(Action.EXPORTS_DOWNLOADED, f"{len(keys)} workflows", customers=customers or [])
        write = write_zip if is_zip(output) else write_directory
        written = write(output, exports_of_all(EVERYTHING, keys), force=force)
    print_note(f"Written to {output}: {written.text}")
    if written.missing:
        raise typer.Exit(SOME_MISSING)


def _headings(names: list[str], special: dict[str, str]) -> tuple[str, ...]:
    return tuple(special.get(name, name.replace("_", " ").upper()) for name in names)


def _line(names: list[str], workflow: dict[str, Any]) -> tuple[Any, ...]:
    synced = workflow["last_synced_at"]
    shown = workflow | {"last_synced_at": synced[:16].replace("T", " ") if synced else "never"}
    return (*(_shown(name, shown[name]) for name in names), _note(workflow))


def _shown(name: str, value: Any) -> Any:
    """For people: a text of Zuora's without its secrets."""
    from workflow_mirror.workflows.secrets import masked

    return masked(value) if isinstance(value, str) and name not in OWN_TEXTS else value


def _note(workflow: dict[str, Any]) -> str:
    if workflow["deleted_at"]:
        return f"deleted {workflow['deleted_at'][:10]}"
    notes = ["export failed"] if workflow["export_error"] else []
    if workflow["draft_version"]:
        notes.append(f"draft {workflow['draft_version']}")
    return ", ".join(notes)
