"""zwm compare: how the workflows of two customers differ, or the exports in two folders.

Files and folders need neither Django nor a database, so neither is loaded for them.
"""

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from workflow_mirror.cli.completion import customer_names
from workflow_mirror.cli.output import CommandError, WrongUseError, print_json, printable

if TYPE_CHECKING:
    from workflow_mirror.compare.result import Row
    from workflow_mirror.compare.rules import Rule

ALL_SAME, DIFFERENT, FAILED = 0, 1, 2


def compare(  # noqa: PLR0913 - one option each
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A customer (name or ID), a folder of exports, or a file.",
            autocompletion=customer_names,
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="What to compare it with.", autocompletion=customer_names
        ),
    ],
    *,
    replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE=TARGET", help="Expect this replacement of a text. Repeat for more."
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH", help="Expect differences at this path, such as workflow.interval."
        ),
    ] = None,
    prefix: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE=TARGET", help="Expect these prefixes of names, such as 'SB - ='."
        ),
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="List the same workflows, too.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ] = False,
) -> None:
    """Compare the workflows of two customers, from the mirror, by the rules of the web admin.

    Also compares two files, or two folders, with exports. Exit code 0: all the same, 1: some differ
    or have no counterpart, 2: an error.

    Example: `zwm compare "Acme sandbox" Acme`
    """
    gc.disable()  # as in mirror.opened
    try:
        rules = _rules(replace or [], ignore or [], prefix)
        names, rows = _compared(source, target, rules)
        if as_json:
            _print_json(names, rows)
        else:
            _print_report(names, rows, show_all=show_all)
    except (BrokenPipeError, TyperException, CommandError):
        raise
    except Exception as error:  # noqa: BLE001 - exit code 1 would mean that they differ
        _fail(error)
    finally:
        gc.enable()
    raise typer.Exit(ALL_SAME if all(row.status == "same" for row in rows) else DIFFERENT)


def _rules(replace: list[str], ignore: list[str], prefix: str | None) -> list["Rule"]:
    from workflow_mirror.compare.errors import InvalidRuleError
    from workflow_mirror.compare.rules import PATH, PREFIX, TEXT, checked

    wanted = [(TEXT, *_two(text, "--replace")) for text in replace]
    wanted += [(PATH, text, "") for text in ignore]
    wanted += [] if prefix is None else [(PREFIX, *_two(prefix, "--prefix"))]
    try:
        return [checked(*one) for one in wanted]
    except InvalidRuleError as error:
        raise WrongUseError(str(error)) from error


def _two(text: str, option: str) -> tuple[str, str]:
    source, equals, target = text.partition("=")
    if not equals:
        raise WrongUseError(f"{option} needs SOURCE=TARGET")
    return source, target


def _compared(
    source: str, target: str, rules: list["Rule"]
) -> tuple[tuple[str, str], list["Row[Any]"]]:
    """Existing paths are files, whatever customers are called."""
    if _is_path(source) and _is_path(target):
        from workflow_mirror.cli.compare_files import compared_files

        return (source, target), compared_files(source, target, rules)
    for one, other in ((source, target), (target, source)):
        if _is_path(one) and not _looks_like_path(other):
            raise WrongUseError(f"{one} is a file or folder, {other} is not")
        if _looks_like_path(one) and not _is_path(one):
            raise CommandError(f"{one} cannot be read: No such file or directory", FAILED)
    from workflow_mirror.cli.compare_customers import compared_customers

    return compared_customers(source, target, rules)


def _is_path(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError) as error:  # too long, a NUL
        raise CommandError("The name of a file is not valid", FAILED) from error


def _looks_like_path(name: str) -> bool:
    return os.sep in name or name.lower().endswith(".json") or _is_path(name)


def _print_json(names: tuple[str, str], rows: list["Row[Any]"]) -> None:
    from workflow_mirror.compare.result import as_json

    print_json(as_json(*names, rows))


def _print_report(names: tuple[str, str], rows: list["Row[Any]"], *, show_all: bool) -> None:
    from workflow_mirror.cli.compare_report import report
    from workflow_mirror.cli.pager import page

    page(printable(line) for line in report(names, rows, show_all=show_all))


def _fail(error: Exception) -> NoReturn:
    from workflow_mirror.cli.failures import one_line

    raise CommandError(one_line(error), FAILED) from error
