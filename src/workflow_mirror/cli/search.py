"""zwm search: where something is used."""

from typing import Annotated

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.completion import customer_names
from workflow_mirror.cli.output import WrongUseError, print_json, print_note, printable
from workflow_mirror.references.query import Query, QueryError, parse

_SHOWN_AROUND = 60


def search(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="In single quotes; see the example.")
    ],
    *,
    customer: Annotated[
        list[str] | None,
        typer.Option(help="Only this customer. Repeat for more.", autocompletion=customer_names),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=1000, help="Maximum number of tasks and workflows.")
    ] = 50,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ] = False,
) -> None:
    """Search in all tasks and workflows: where a field, host, address or word is used.

    Keys: field, object, host, url, email, workflow, constant, credential, file, report, lambda,
    event, type, customer, state, has.

    Example: `zwm search 'host:erp.example.com type:Callout -draft'`
    """
    parsed = _parsed(query)
    with mirror.opened():
        from workflow_mirror.access.customers import find_customers
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.references import search as searching

        chosen = [one.pk for one in find_customers(EVERYTHING, customer)] if customer else None
        found = searching.search(parsed, EVERYTHING, customer_ids=chosen, limit=limit)
    if as_json:
        print_json(searching.as_json(found))
    else:
        from workflow_mirror.cli.search_report import print_report

        print_report(found)


def _parsed(query: str) -> Query:
    """Raises WrongUseError, after lines that show the place of the error."""
    try:
        return parse(query)
    except QueryError as error:
        start = max(0, error.column - 1 - _SHOWN_AROUND)
        before = printable(query[start : error.column - 1])
        after = printable(query[error.column - 1 : error.column - 1 + _SHOWN_AROUND])
        print_note(f"  {before}{after}")
        print_note(f"  {' ' * len(before)}^")
        raise WrongUseError(str(error)) from error
