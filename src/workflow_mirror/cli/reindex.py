"""zwm reindex: build the index of references again."""

from typing import Annotated

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.output import print_json, print_line, print_note


def reindex(
    *,
    customer: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be repeated.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ] = False,
) -> None:
    """Queue a job that extracts the references from the stored exports again.

    Workers do so by themselves after an update. Zuora is not called.

    Example: `zwm reindex --customer Acme`
    """
    with mirror.opened():
        from workflow_mirror.access.customers import find_customers
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.sync.reindex_requests import request_reindex

        chosen = [one.pk for one in find_customers(EVERYTHING, customer or [])]
        job = request_reindex(chosen if customer else None, "command line")
    if as_json:
        print_json({"job": vars(job)})
    else:
        print_line(f"Reindexing: {'joined' if job.joined else 'queued as'} job {job.id}")
        print_note("See its progress with zwm queue monitor; run a worker with zwm queue work")
