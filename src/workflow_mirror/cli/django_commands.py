"""zwm migrate and zwm manage: Django's own commands, with database and secrets in place."""

import os
from typing import Annotated

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.output import WrongUseError

# Everything from the first word on belongs to Django's command, its --help included.
PASS_ON = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
}


def migrate(
    app_label: Annotated[str | None, typer.Argument(help="Only this app.")] = None,
    migration: Annotated[
        str | None, typer.Argument(help="Up or back to this migration; zero undoes all.")
    ] = None,
) -> None:
    """Bring the database's tables to this version, or an app's back to an earlier one.

    Example: `zwm migrate`, and to roll back: `zwm migrate workflows zero`
    """
    with mirror.opened(migrated=False):
        from django.core.management import CommandError

        from workflow_mirror import database

        try:
            database.migrate(*filter(None, (app_label, migration)))
        except CommandError as error:
            raise WrongUseError(str(error)) from error


def manage(context: typer.Context) -> None:
    """Run any of Django's commands; `zwm manage help` lists them.

    Example: `zwm manage dbshell`
    """
    with mirror.opened(migrated=False):
        from django.core.management import execute_from_command_line

        _help_dbshell()
        execute_from_command_line(["zwm manage", *context.args])


def _help_dbshell() -> None:
    """Django tells `psql` nothing of what stands in the options of a database, such as a socket."""
    from workflow_mirror import database, home
    from workflow_mirror.embedded import EmbeddedPostgres

    if database.is_embedded():
        os.environ |= EmbeddedPostgres(home.data_directory()).psql_environment
