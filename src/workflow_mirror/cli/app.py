"""The command tree, and the single exit point of all commands."""

import gc
import sys
from typing import Annotated

import typer

from workflow_mirror.cli import (
    audit,
    backup,
    changes,
    compare,
    customers,
    demo,
    diff,
    django_commands,
    doctor,
    keys,
    process_one,
    queue,
    reindex,
    schedule,
    search,
    surroundings,
    sync,
    up,
    users,
    web,
    workflows,
)
from workflow_mirror.cli.output import WrongUseError, print_line

INTERRUPTED = 130

app = typer.Typer(
    name="zwm",
    help="Mirrors the Zuora workflows of many customers into a local database.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    epilog="Example: `zwm demo --once`",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(customers.app, name="customers")
app.add_typer(workflows.app, name="workflows")
app.add_typer(queue.app, name="queue")
app.add_typer(schedule.app, name="schedule")
app.add_typer(users.app, name="users")
app.command("sync-workflows")(sync.sync_workflows)
app.command("sync-tasks")(sync.sync_tasks)
app.add_typer(changes.app, name="changes")
app.command("history")(changes.history)
app.command("search")(search.search)
app.command("reindex")(reindex.reindex)
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")
app.command("diff")(diff.diff)
app.command("compare")(compare.compare)
app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("web")(web.web)
app.command("migrate")(django_commands.migrate)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("move")(backup.move)
app.command("manage", context_settings=django_commands.PASS_ON)(django_commands.manage)


def _show_version(*, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print_line(f"zwm {version('zuora-workflow-mirror')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[  # noqa: ARG001, FBT002 - Typer turns it into an option
        bool, typer.Option("--debug", help="Show the stack trace of an error.")
    ] = False,
    version: Annotated[  # noqa: ARG001, FBT002 - the same
        bool,
        typer.Option(
            "--version",
            help="Show the version and exit.",
            is_eager=True,
            callback=lambda asked: _show_version(asked=asked),
        ),
    ] = False,
    child_of: Annotated[int | None, typer.Option("--child-of", hidden=True)] = None,
    pulse: Annotated[int | None, typer.Option("--pulse", hidden=True)] = None,
) -> None:
    """cli/failures.py reads `--debug`; `zwm up` starts its processes with the hidden options."""
    if child_of is not None and pulse is not None:
        from workflow_mirror.supervisor import live_with_parent

        live_with_parent(child_of, pulse)


def main() -> None:
    """Run the command line and exit with its code: 0 done, 1 failed, 2 wrong use, 3 completed
    with errors, 130 stopped by Ctrl-C.
    """
    process_one.leave_to_child()
    surroundings.settle()
    arguments = sys.argv[1:]
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        surroundings.abandon_output()  # as in `zwm workflows list | head`
        code = 1
    except Exception as error:  # noqa: BLE001 - the last handler for all errors
        code = _tell(error, arguments)
    if code == INTERRUPTED:
        sys.stderr.write("Stopped\n")
    gc.freeze()  # otherwise Python scans all loaded objects twice at exit
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    if not all(_is_text(argument) for argument in arguments):
        raise WrongUseError("An argument is not valid UTF-8")
    code = app(arguments, prog_name="zwm", standalone_mode=False)
    surroundings.flush_output()
    return code if isinstance(code, int) else 0


def _tell(error: Exception, arguments: list[str]) -> int:
    from workflow_mirror.cli.failures import tell

    try:
        code = tell(error, arguments)
        surroundings.flush_output()
    except OSError:
        surroundings.abandon_output()
        return 1
    return code


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True
