"""zwm migrate and zwm manage: Django's own commands, with database and secrets in place."""

from typing import Annotated

import typer

from workflow_mirror import database


def migrate(
    app_label: Annotated[str | None, typer.Argument(help="Only this app.")] = None,
    migration: Annotated[
        str | None, typer.Argument(help="Up or back to this migration; zero undoes all.")
    ] = None,
) -> None:
    """Bring the database's tables to this version, or an app's back to an earlier one.

    Example: `zwm migrate`, and to roll back: `zwm migrate workflows 0001`
    """
    with database.ready(migrated=False):
        from django.core.management import call_command

        call_command("migrate", *filter(None, (app_label, migration)), interactive=False)


def manage(context: typer.Context) -> None:
    """Run any of Django's commands.

    Example: `zwm manage dbshell`
    """
    with database.ready(migrated=False):
        from django.core.management import execute_from_command_line

        execute_from_command_line(["zwm manage", *context.args])
