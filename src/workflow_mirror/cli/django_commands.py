"""zwm migrate and zwm manage: Django's own commands, with database and secrets ready."""

import os
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.output import (
    CommandError,
    WrongUseError,
    confirm,
    print_line,
    print_note,
    print_table,
)

# All arguments from the first word on are passed to Django's command, including --help.
PASS_ON = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
}


def migrate(  # noqa: PLR0913 - one option each
    app_label: Annotated[str | None, typer.Argument(help="Only this app.")] = None,
    migration: Annotated[
        str | None,
        typer.Argument(help="Migrate forward or back to this migration; zero undoes all."),
    ] = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask for confirmation before rows are deleted.")
    ] = False,
    backup: Annotated[
        bool,
        typer.Option(help="Copy the embedded database first if rows may change."),
    ] = True,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only report whether migrations are missing (exit code 1)."),
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would be done.")] = False,
    restore: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            resolve_path=True,
            help="Restore such a copy instead of migrating.",
        ),
    ] = None,
) -> None:
    """Migrate the database schema to this version, or an app back to an earlier migration.

    A migration back that deletes rows asks for confirmation. The embedded database is copied to
    `backups` in the data directory before its rows change.

    Example: `zwm migrate`, and to roll back: `zwm migrate workflows 0003`
    """
    if restore is not None:
        _restore(restore, yes=yes)
        return
    if check or plan:
        _show_plan(tuple(filter(None, (app_label, migration))), check=check, plan=plan)
        return
    with mirror.opened(migrated=False):
        from django.core.management import CommandError as DjangoCommandError
        from django.db.migrations.exceptions import IrreversibleError

        from workflow_mirror import database

        arguments = tuple(filter(None, (app_label, migration)))
        try:
            _confirm_losses(arguments, copied=backup and database.is_embedded(), yes=yes)
            database.migrate(*arguments, copy=backup)
        except DjangoCommandError as error:
            raise WrongUseError(str(error)) from error
        except IrreversibleError as error:
            raise CommandError(f"This migration cannot be undone: {error}") from error


def manage(context: typer.Context) -> None:
    """Run a Django management command; `zwm manage help` lists them.

    Example: `zwm manage dbshell`
    """
    with mirror.opened(migrated=False):
        from django.core.management import execute_from_command_line

        from workflow_mirror import database

        name, *arguments = context.args or [""]
        if name == "migrate" and not {"--plan", "--fake"} & set(arguments):
            _confirm_losses(arguments, copied=False, yes=False)
        _help_dbshell()
        with database.migrating() if name == "migrate" else nullcontext():
            execute_from_command_line(["zwm manage", *context.args])


def _show_plan(arguments: Sequence[str], *, check: bool, plan: bool) -> None:
    with mirror.opened(migrated=False):
        from django.core.management import CommandError as DjangoCommandError

        from workflow_mirror import database

        try:
            steps = database.plan(*arguments)
        except DjangoCommandError as error:
            raise WrongUseError(str(error)) from error
    if plan:
        rows = [
            (one.migration, ("apply", "undo")[one.is_undone], ("", "yes")[one.changes_rows])
            for one in steps
        ]
        print_table(("MIGRATION", "STEP", "CHANGES ROWS"), rows)
    if not steps:
        print_note("The schema is up to date")
    elif check:
        raise CommandError(f"{len(steps)} migrations are missing; run `zwm migrate`")


def _confirm_losses(arguments: Sequence[str], *, copied: bool, yes: bool) -> None:
    """Ask for confirmation if migrating back deletes rows.

    Raises WrongUseError if there is no terminal to ask on.
    """
    from workflow_mirror import database

    losses = database.losses(*arguments)
    if not losses:
        return
    first = (
        "A copy of the database is made first."
        if copied
        else "Make a backup first: zwm backup FILE."
    )
    confirm(f"This deletes {', '.join(map(str, losses))}. {first} Continue?", yes=yes)


def _restore(file: Path, *, yes: bool) -> None:
    with mirror.opened(migrated=False, known=False):
        from workflow_mirror import database

        if not database.is_embedded():
            raise WrongUseError(
                "--restore is for the embedded database; for one of your own use pg_restore"
            )
        confirm(f"Replace the whole database with the copy {file}?", yes=yes)
        database.restore(file)
    print_line(f"Database restored from {file}")


def _help_dbshell() -> None:
    """Set psql's variables: Django does not pass it database options such as a socket."""
    from workflow_mirror import database, home
    from workflow_mirror.embedded import EmbeddedPostgres

    if database.is_embedded():
        os.environ |= EmbeddedPostgres(home.data_directory()).psql_environment
