"""zwm schedule: syncs that start automatically."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workflow_mirror.cli import mirror, working
from workflow_mirror.cli.completion import customer_names, schedule_names
from workflow_mirror.cli.output import (
    WrongUseError,
    confirm,
    print_json,
    print_line,
    print_note,
    print_table,
    read_line,
)
from workflow_mirror.cli.queue import failures, leave, tell_alarms

if TYPE_CHECKING:
    from workflow_mirror.customers.models import Customer
    from workflow_mirror.jobs.worker import Ending
    from workflow_mirror.schedules.models import Schedule

app = typer.Typer(
    help="Automatic syncs.",
    no_args_is_help=True,
    epilog="Example: `zwm schedule enable sync-customer-workflows`",
)

NewName = Annotated[str, typer.Argument(metavar="NAME", help="The schedule's name.")]
Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The schedule's name.", autocompletion=schedule_names),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Cron = Annotated[str | None, typer.Option("--cron", help="Cron expression, such as '0 5 * * 1-5'.")]
Timezone = Annotated[str | None, typer.Option(help="IANA time zone, such as Europe/Rome.")]
Chosen = Annotated[
    list[str] | None,
    typer.Option(
        "--customer",
        help="Sync only this customer. Repeat for more.",
        autocompletion=customer_names,
    ),
]
Every = Annotated[bool, typer.Option("--all", help="Sync all active customers.")]
Full = Annotated[
    bool | None,
    typer.Option("--full/--not-full", help="Also export unchanged workflows, or not."),
]
HeartbeatStdin = Annotated[
    bool,
    typer.Option(
        "--heartbeat-url-stdin",
        help="Read the URL to call after each good run from standard input.",
    ),
]


@app.command("list")
def list_schedules(*, as_json: Json = False) -> None:
    """List the schedules with their next and last runs.

    Example: `zwm schedule list`
    """
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.schedules import service

        schedules = service.list_schedules(EVERYTHING)
    if as_json:
        print_json({"schedules": schedules})
        return
    print_table(
        (
            "NAME",
            "ON",
            "CRON",
            "IN WORDS",
            "TIMEZONE",
            "CUSTOMERS",
            "LAST RUN",
            "NEXT RUN",
            "HEARTBEAT",
        ),
        (
            (
                schedule["name"],
                "on" if schedule["enabled"] else "off",
                schedule["cron"],
                _words(schedule),
                schedule["timezone"],
                "all" if schedule["customers"] is None else ", ".join(schedule["customers"]),
                _minute(schedule["last_run_at"]),
                _minute(schedule["next_run_at"]),
                _heartbeat(schedule["heartbeat"]),
            )
            for schedule in schedules
        ),
    )


@app.command()
def add(  # noqa: PLR0913 - one option a column
    name: NewName,
    *,
    cron: Annotated[str, typer.Option(help="Cron expression, such as '0 5 * * 1-5'.")],
    timezone: Annotated[str, typer.Option(help="IANA time zone, such as Europe/Rome.")] = "UTC",
    customer: Chosen = None,
    full: Full = False,
    heartbeat_url_stdin: HeartbeatStdin = False,
    as_json: Json = False,
) -> None:
    """Add a schedule and enable it. Without --customer it syncs all active customers.

    Example: `zwm schedule add nightly --cron '0 2 * * *' --timezone Europe/Rome --full`
    """
    with mirror.opened():
        from workflow_mirror.schedules.models import Schedule

        schedule = Schedule(
            name=name, cron=cron, timezone=timezone, full=bool(full), is_enabled=True
        )
        if heartbeat_url_stdin:
            schedule.heartbeat_url = read_line("heartbeat URL")
        _save(schedule, chosen=customer)
        _tell(schedule, as_json=as_json)


@app.command("set")
def set_schedule(  # noqa: PLR0913 - one option a column
    name: Name,
    *,
    cron: Cron = None,
    timezone: Timezone = None,
    customer: Chosen = None,
    every: Every = False,
    full: Full = None,
    heartbeat_url_stdin: HeartbeatStdin = False,
    no_heartbeat: Annotated[
        bool, typer.Option("--no-heartbeat", help="Remove the heartbeat URL.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Change a schedule. Options that are not given keep their values.

    Example: `zwm schedule set sync-customer-workflows --cron '0 5 * * *' --timezone Europe/Rome`
    """
    if customer and every:
        raise WrongUseError("Use --customer or --all, not both")
    if heartbeat_url_stdin and no_heartbeat:
        raise WrongUseError("Use --heartbeat-url-stdin or --no-heartbeat, not both")
    changes: dict[str, Any] = {"cron": cron, "timezone": timezone, "full": full}
    changes = {column: value for column, value in changes.items() if value is not None}
    if heartbeat_url_stdin or no_heartbeat:
        changes["heartbeat_url"] = None if no_heartbeat else read_line("heartbeat URL")
    if not (changes or customer or every):
        raise WrongUseError("Nothing to change: see zwm schedule set --help")
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.schedules.scoped import find_schedule

        schedule = find_schedule(EVERYTHING, name)
        for column, value in changes.items():
            setattr(schedule, column, value)
        _save(schedule, chosen=customer, every=every)
        _tell(schedule, as_json=as_json)


@app.command()
def enable(name: Name, *, as_json: Json = False) -> None:
    """Enable a schedule.

    Example: `zwm schedule enable sync-customer-workflows`
    """
    _switch(name, on=True, as_json=as_json)


@app.command()
def disable(name: Name, *, as_json: Json = False) -> None:
    """Disable a schedule. Jobs already queued stay queued: see `zwm queue clear`.

    Example: `zwm schedule disable sync-customer-workflows`
    """
    _switch(name, on=False, as_json=as_json)


@app.command()
def remove(
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    as_json: Json = False,
) -> None:
    """Remove a schedule, after confirmation.

    Example: `zwm schedule remove nightly`
    """
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.schedules import service
        from workflow_mirror.schedules.scoped import find_schedule

        schedule = find_schedule(EVERYTHING, name)
        confirm(f"Remove the schedule {name}?", yes=yes)
        service.remove(schedule)
    if as_json:
        print_json({"removed": name})
    else:
        print_line(f"{name} removed")


@app.command()
def run(
    *,
    concurrency: Annotated[
        int, typer.Option(min=1, max=100, help="Maximum number of concurrent jobs.")
    ] = 4,
) -> None:
    """Start due schedules, run all due jobs, send notifications, and exit. For use from cron.

    Calls may overlap. The exit code is 1 while there are failed jobs or customers whose credentials
    Zuora rejects.

    Example: `zwm schedule run`
    """
    with mirror.opened():
        from workflow_mirror.notifications import dispatching
        from workflow_mirror.schedules import good_runs
        from workflow_mirror.schedules.service import run_due

        run_due()
        ending = _work_queue(concurrency)
        if not (ending.stopped or ending.stuck) and good_runs.request_calls():
            ending = _work_queue(concurrency)  # of the runs that have just ended
        if not (ending.stopped or ending.stuck):
            dispatching.stand_in()  # what the last jobs have changed
        found = [] if ending.code or ending.stopped or ending.stuck else failures()
    tell_alarms(found)
    if found:
        raise typer.Exit(1)
    leave(ending)


def _work_queue(concurrency: int) -> "Ending":
    from workflow_mirror.jobs import worker

    tasks = working.maintenance()
    return worker.work(concurrency=concurrency, one_shot=True, maintenance=tasks)


@app.command()
def work() -> None:
    """Start due schedules until Ctrl-C or SIGTERM, without running jobs.

    For hosts without a worker; `zwm queue work` starts due schedules, too. While no worker is
    running anywhere, it sends notifications.

    Example: `zwm schedule work`
    """
    with mirror.opened():
        from workflow_mirror.notifications import dispatching
        from workflow_mirror.schedules import scheduler

        scheduler.work(dispatching.WITHOUT_WORKER)


def _save(schedule: "Schedule", *, chosen: list[str] | None, every: bool = False) -> None:
    from workflow_mirror.access.customers import find_customers
    from workflow_mirror.access.scope import EVERYTHING
    from workflow_mirror.outgoing.errors import UrlError
    from workflow_mirror.schedules import service
    from workflow_mirror.schedules.errors import InvalidScheduleError

    customers: list[Customer] | None = None
    if chosen:
        customers, schedule.all_customers = find_customers(EVERYTHING, chosen), False
    elif every:
        customers, schedule.all_customers = [], True
    try:
        service.save_schedule(schedule, customers)
    except (InvalidScheduleError, UrlError) as error:
        raise WrongUseError(str(error)) from error


def _switch(name: str, *, on: bool, as_json: bool) -> None:
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.schedules import service
        from workflow_mirror.schedules.scoped import find_schedule

        schedule = find_schedule(EVERYTHING, name)
        service.switch(schedule, on=on)
        _tell(schedule, as_json=as_json)
        if on and not as_json and not _is_anyone_looking():
            print_note("No worker is running. Start zwm queue work, or zwm schedule run from cron")


def _is_anyone_looking() -> bool:
    from workflow_mirror.jobs.queries import alive_workers

    return bool(alive_workers())


def _tell(schedule: "Schedule", *, as_json: bool) -> None:
    from workflow_mirror.schedules.service import describe

    described = describe(schedule)
    if as_json:
        print_json({"schedule": described})
        return
    state = f"next at {_minutes(described['next_runs'])}" if schedule.is_enabled else "off"
    print_line(f"{schedule.name}: {described['words']} ({schedule.timezone}), {state}")


def _words(described: dict[str, Any]) -> str:
    """Describe the schedule; without a short description, the next runs show its meaning."""
    if described["error"]:
        return str(described["error"])
    if described["words"] != described["cron"]:
        return str(described["words"])
    return f"at {_minutes(described['next_runs'])}, ..."


def _heartbeat(described: dict[str, Any] | None) -> str:
    if described is None:
        return ""
    return str(described["error"] or described["host"])


def _minutes(moments: list[datetime]) -> str:
    return f"{', '.join(map(_minute, moments))} UTC"


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
