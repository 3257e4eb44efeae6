"""zwm history and zwm changes: the change log of one workflow, and of all."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.completion import customer_names
from workflow_mirror.cli.output import WrongUseError, print_json, print_note, print_table

app = typer.Typer(
    help="What changed in the workflows of all customers.",
    no_args_is_help=True,
    epilog="Example: `zwm changes list --since 7d`",
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Changes on a page.")]
After = Annotated[
    int | None, typer.Option(metavar="ID", help="Continue after this change: the next page.")
]
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Kind(StrEnum):
    """Those of the change log; a test compares them."""

    CREATED = "created"
    CONTENT = "content"
    RENAMED = "renamed"
    ACTIVATED = "activated"
    DEACTIVATED = "deactivated"
    SETTINGS = "settings"
    DRAFT = "draft"
    DELETED = "deleted"
    RESTORED = "restored"
    EXPORT_FAILED = "export_failed"
    EXPORT_RECOVERED = "export_recovered"


def history(
    workflow_id: Annotated[
        int, typer.Argument(metavar="ID", help="The ID that `zwm workflows list` shows.")
    ],
    *,
    limit: Limit = 100,
    after: After = None,
    as_json: Json = False,
) -> None:
    """Show what changed in one workflow, newest first.

    Example: `zwm history 17`
    """
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.history.queries import list_changes
        from workflow_mirror.workflows.queries import find_workflow

        workflow = find_workflow(EVERYTHING, workflow_id)
        page = list_changes(EVERYTHING, workflow=workflow, limit=limit, after=after)
    if as_json:
        print_json(page)
    else:
        _print_page(page, ("seen_at", "text", "changed_by", "after"))


@app.command("list")
def list_changes(  # noqa: PLR0913 - one option each
    *,
    customer: Annotated[
        list[str] | None,
        typer.Option(
            help="Only of this customer; can be given again.", autocompletion=customer_names
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN", help="A date, a date and time, or a period such as 24h, 7d or 2w."
        ),
    ] = None,
    kind: Annotated[
        list[Kind] | None, typer.Option(help="Only of this kind; can be given again.")
    ] = None,
    limit: Limit = 100,
    after: After = None,
    as_json: Json = False,
) -> None:
    """Show what changed in the workflows, newest first.

    Example: `zwm changes list --customer Rossi --since 7d --kind content`
    """
    moment = None if since is None else moment_of(since)
    with mirror.opened():
        from workflow_mirror.access.customers import find_customers
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.history import queries

        page = queries.list_changes(
            EVERYTHING,
            customers=[one.pk for one in find_customers(EVERYTHING, customer)]
            if customer
            else None,
            since=moment,
            kinds=list(kind) if kind else None,
            limit=limit,
            after=after,
        )
    if as_json:
        print_json(page)
    else:
        _print_page(page, ("seen_at", "customer", "workflow", "text", "changed_by"))


def moment_of(text: str) -> datetime:
    """A date or time in the computer's time zone unless it has an offset, or a period until now.

    Raises WrongUseError.
    """
    number, unit = text[:-1], text[-1:]
    try:
        if unit in UNITS and number.isascii() and number.isdigit():
            return datetime.now().astimezone() - int(number) * UNITS[unit]
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise WrongUseError(
            f"--since {text} is neither a date, such as 2026-11-23 or 2026-11-23T08:00, nor a"
            " period, such as 24h, 7d or 2w"
        ) from error


def _print_page(page: dict[str, Any], columns: tuple[str, ...]) -> None:
    if not page["changes"]:
        print_note("No changes found")
        return
    headings = {"seen_at": "SEEN", "text": "CHANGE", "changed_by": "BY", "after": "VERSION"}
    print_table(
        [headings.get(name, name.upper()) for name in columns],
        ([_cell(name, change[name]) for name in columns] for change in page["changes"]),
    )
    if page["next"]:
        print_note(f"Older changes: --after {page['next']}")


def _cell(name: str, value: Any) -> str:
    from workflow_mirror.workflows.secrets import masked

    if name == "seen_at":
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    if name == "after":
        return f"{value['version'] or '-'} ({value['hash'][:12]})" if value else ""
    return masked(str(value))
