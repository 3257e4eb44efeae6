"""zwm diff: the differences between two exports.

Comparing two files needs neither Django nor a database, so neither is loaded.
"""

import gc
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from workflow_mirror.cli.output import CommandError, WrongUseError, print_json
from workflow_mirror.cli.read_export import read_export

if TYPE_CHECKING:
    from workflow_mirror.history.diff import Diff

EQUAL, DIFFERENT, FAILED = 0, 1, 2
_STORED = re.compile(r"\d+(?:@.*)?|.*:.*", re.DOTALL | re.ASCII)


def diff(  # noqa: PLR0913 - one option each
    before: Annotated[
        str, typer.Argument(metavar="A", help="The older export: a file or a stored version.")
    ],
    after: Annotated[
        str, typer.Argument(metavar="B", help="The newer export: a file or a stored version.")
    ],
    *,
    layout: Annotated[
        bool, typer.Option("--layout", help="Moves on the canvas are differences, too.")
    ] = False,
    matches: Annotated[
        bool, typer.Option("--matches", help="With --json: the ids of all matched tasks.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Markdown, for a ticket or a mail.")
    ] = False,
) -> None:
    """Show what differs between two exports of a workflow.

    A stored version is ID, ID@VERSION or CUSTOMER:ZUORA_ID@VERSION; VERSION is a version number,
    `draft`, or the beginning of a content hash. Tasks are matched by name, content and place in the
    graph, not by ID. Exit code 0: equal, 1: different, 2: an error.

    Example: `zwm diff 17@0.0.2 17`
    """
    if as_json and as_markdown:
        raise WrongUseError("Use --json or --markdown, not both")
    gc.disable()  # as in mirror.opened
    try:
        found = _compared(before, after)
        if as_json:
            _print_json(found, layout=layout, matches=matches)
        elif as_markdown:
            _print_markdown(found, layout=layout)
        else:
            _print_report(found, layout=layout)
    except (BrokenPipeError, TyperException, CommandError):
        raise
    except Exception as error:  # noqa: BLE001 - exit code 1 would mean that they differ
        _fail(error)
    finally:
        gc.enable()
    raise typer.Exit(EQUAL if found.equal(layout=layout) else DIFFERENT)


def _compared(before: str, after: str) -> "Diff":
    from workflow_mirror.history.diff import diff as compared

    exports = _exports(before, after)
    try:
        return compared(*exports)
    except RecursionError as error:
        raise CommandError("An export is nested too deeply", FAILED) from error


def _exports(before: str, after: str) -> tuple[Any, Any]:
    """The database is opened only if an argument is no file."""
    if _is_file(before) and _is_file(after):
        return read_export(before), read_export(after)
    from workflow_mirror.cli import mirror

    with mirror.opened():
        return _export(before), _export(after)


def _is_file(name: str) -> bool:
    """Everything that cannot name a stored version is a file, so that an error is about a file."""
    return Path(name).exists() or not _STORED.fullmatch(name)


def _export(name: str) -> Any:
    if _is_file(name):
        return read_export(name)
    from workflow_mirror.access.scope import EVERYTHING
    from workflow_mirror.history.versions import document_named

    return document_named(EVERYTHING, name)


def _print_json(found: "Diff", *, layout: bool, matches: bool) -> None:
    from workflow_mirror.history.diff import as_json

    print_json(as_json(found, layout=layout, matches=matches))


def _print_markdown(found: "Diff", *, layout: bool) -> None:
    import sys

    from workflow_mirror.history.diff import as_markdown

    sys.stdout.write(as_markdown(found, layout=layout))


def _print_report(found: "Diff", *, layout: bool) -> None:
    from workflow_mirror.cli.diff_report import coloured
    from workflow_mirror.cli.pager import page

    page(coloured(found, layout=layout))


def _fail(error: Exception) -> NoReturn:
    from workflow_mirror.cli.failures import one_line

    raise CommandError(one_line(error), FAILED) from error
