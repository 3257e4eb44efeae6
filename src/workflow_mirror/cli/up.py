"""zwm up: everything on one machine, as one command."""

from typing import Annotated

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.output import print_note

Concurrency = Annotated[int, typer.Option(min=1, max=100, help="Syncs at a time.")]


def up(*, concurrency: Concurrency = 4) -> None:
    """Run the mirror on this machine: database, worker and scheduler, until Ctrl-C.

    What dies is started again. A second Ctrl-C gives running syncs back to the queue at once.

    Example: `zwm up`
    """
    with mirror.opened(migrated=False):
        from workflow_mirror import database

        database.migrate("--verbosity", "0")
        print_note("The mirror runs; Ctrl-C stops it. In another terminal: zwm queue monitor")
        run_everything(concurrency)


def run_everything(concurrency: int) -> None:
    """Keep the parts running until Ctrl-C, and leave none behind."""
    from workflow_mirror import database
    from workflow_mirror.supervisor import Child, Supervisor

    worker = Child("worker", "queue", "work", "--concurrency", str(concurrency))
    Supervisor(worker, beside=database.revive).run()
