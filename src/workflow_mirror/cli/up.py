"""zwm up: the whole mirror on one machine with one command."""

from typing import Annotated

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.web import listen, make_first_admin, site_of

Host = Annotated[str, typer.Option(help="Address that the web admin listens on.")]
Port = Annotated[
    int, typer.Option(min=0, max=65535, help="Port of the web admin; 0 chooses a free one.")
]
Concurrency = Annotated[
    int, typer.Option(min=1, max=100, help="Maximum number of concurrent jobs.")
]


def up(*, host: Host = "127.0.0.1", port: Port = 8000, concurrency: Concurrency = 4) -> None:
    """Run the mirror on this machine: database, web admin, worker and scheduler, until Ctrl-C.

    Processes that die are restarted. After a second Ctrl-C running jobs
    return to the queue at once.

    Example: `zwm up`
    """
    with mirror.opened(migrated=False):
        from workflow_mirror import database

        port = free_port(host, port)
        database.migrate("--verbosity", "0")
        make_first_admin(site_of(host, port))
        run_everything(host, port, concurrency)


def free_port(host: str, port: int) -> int:
    """A port on which the web admin can listen. Raises CommandError if it cannot."""
    with listen(host, port) as listening:
        return int(listening.getsockname()[1])


def run_everything(host: str, port: int, concurrency: int) -> None:
    """Keep all processes running until Ctrl-C, and leave none behind."""
    from django.db import connection

    from workflow_mirror import database
    from workflow_mirror.supervisor import Child, Supervisor

    connection.close()  # not used from here on
    Supervisor(
        Child("web", "web", "--host", host, "--port", str(port)),
        Child("worker", "queue", "work", "--concurrency", str(concurrency)),
        beside=database.revive,
    ).run()
