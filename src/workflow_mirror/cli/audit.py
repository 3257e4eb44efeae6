"""zwm audit: who did what."""

from typing import Annotated, Any

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.changes import moment_of
from workflow_mirror.cli.output import WrongUseError, print_json, print_note, print_table

app = typer.Typer(
    help="The audit log.", no_args_is_help=True, epilog="Example: `zwm audit list --since 7d`"
)


@app.command("list")
def list_events(  # noqa: PLR0913 - one option each
    *,
    action: Annotated[
        list[str] | None,
        typer.Option(metavar="ACTION", help="Only this action; can be given again."),
    ] = None,
    actor: Annotated[
        str | None, typer.Option(metavar="WHO", help="Only of this user, such as ada or cli:root.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN", help="A date, a date and time, or a period such as 24h, 7d or 2w."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Events on a page.")] = 100,
    after: Annotated[
        int | None, typer.Option(metavar="ID", help="Continue after this event: the next page.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ] = False,
) -> None:
    """Show who did what, newest first.

    Example: `zwm audit list --since 7d --action secrets_revealed`
    """
    moment = None if since is None else moment_of(since)
    with mirror.opened():
        from workflow_mirror.access.audit_log import list_events as events
        from workflow_mirror.access.scope import EVERYTHING

        page = events(
            EVERYTHING,
            actions=_known(action),
            actor=actor,
            since=moment,
            limit=limit,
            after=after,
        )
    if as_json:
        print_json(page)
    else:
        _print_page(page)


def _known(names: list[str] | None) -> list[str] | None:
    from workflow_mirror.audit.actions import Action

    for name in names or []:
        if name not in Action.values:
            raise WrongUseError(f"Unknown action {name!r}: use one of {', '.join(Action.values)}")
    return names


def _print_page(page: dict[str, Any]) -> None:
    if not page["events"]:
        print_note("No events found")
        return
    columns = ("actor", "address", "action", "target", "outcome")
    print_table(
        ("TIME", "WHO", "FROM", "ACTION", "TARGET", "OUTCOME"),
        (
            (
                f"{event['at'].astimezone():%Y-%m-%d %H:%M:%S}",
                *(event[column] for column in columns),
            )
            for event in page["events"]
        ),
    )
    if page["next"]:
        print_note(f"Older events: --after {page['next']}")
