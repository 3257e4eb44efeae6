"""zwm queue: run queued jobs, and monitor and manage the queue."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from workflow_mirror.cli import mirror, surroundings, working
from workflow_mirror.cli.output import (
    WrongUseError,
    print_json,
    print_line,
    print_note,
    print_table,
)

if TYPE_CHECKING:
    from workflow_mirror.jobs.worker import Ending
    from workflow_mirror.schedules.alarms import Alarm

app = typer.Typer(
    help="The queue of jobs.",
    no_args_is_help=True,
    epilog="Example: `zwm queue monitor`",
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
KindName = Annotated[
    str | None, typer.Option("--kind", help="Only jobs of this kind, such as sync.")
]
JobId = Annotated[int, typer.Argument(help="Job ID, as shown by `zwm queue monitor`.")]


@app.command()
def work(
    *,
    concurrency: Annotated[
        int, typer.Option(min=1, max=100, help="Maximum number of concurrent jobs.")
    ] = 4,
    one_shot: Annotated[bool, typer.Option("--one-shot", help="Stop when no job is due.")] = False,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds for running jobs to finish after a signal.")
    ] = 30,
) -> None:
    """Run queued jobs and start due schedules until Ctrl-C or SIGTERM.

    Jobs that do not finish in time return to the queue. After a second signal they return at once.
    Exit code 75: this worker sent no heartbeat for so long that other workers have its jobs.

    Example: `zwm queue work --concurrency 8`
    """
    with mirror.opened():
        from workflow_mirror.jobs import worker
        from workflow_mirror.schedules import scheduler

        tasks = working.maintenance()
        ending = worker.work(
            concurrency=concurrency,
            one_shot=one_shot,
            patience=timedelta(seconds=patience),
            maintenance=tasks if one_shot else (*tasks, scheduler.TASK),
        )
    leave(ending)


@app.command()
def monitor(
    *,
    most: Annotated[
        int | None, typer.Option("--max", min=0, help="Exit with code 1 if more jobs wait.")
    ] = None,
    kind: KindName = None,
    as_json: Json = False,
) -> None:
    """Show running and waiting jobs, estimated start times, and workers.

    Alarms go to standard error and set the exit code to 1: no worker, overdue schedules, rejected
    credentials, failed jobs, stale customers.

    Example: `zwm queue monitor --max 100`
    """
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.jobs import queries
        from workflow_mirror.schedules.alarms import find_alarms

        state, found = queries.monitor(EVERYTHING, _known(kind)), find_alarms(EVERYTHING)
    if as_json:
        print_json(state | {"alarms": [alarm.describe() for alarm in found]})
    else:
        _print_jobs(state["jobs"])
        print_note(
            f"{state['running']} running, {state['waiting']} waiting,"
            f" {state['counts'].get('failed', 0)} failed, {len(state['workers'])} workers alive"
        )
    is_too_long = most is not None and state["waiting"] > most
    tell_alarms(found)
    if is_too_long or found:
        raise typer.Exit(1)


@app.command()
def failed(
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Jobs per page.")] = 100,
    after: Annotated[
        int | None, typer.Option(metavar="ID", help="Show the next page, after this job.")
    ] = None,
    kind: KindName = None,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Include those that a later job has resolved.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show failed jobs, newest first. --json includes stack traces and attempts.

    The exit code is 1 while any are unresolved, or Zuora rejects the credentials of a customer.

    Example: `zwm queue failed --limit 20 --json`
    """
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.jobs import queries

        page = queries.failed(EVERYTHING, limit, after, _known(kind), resolved=resolved)
        found = failures()
    if as_json:
        print_json(page)
    else:
        print_table(
            ("ID", "KIND", "CUSTOMER", "ATTEMPTS", "FINISHED", "ERROR"),
            (
                (
                    job["id"],
                    job["kind"],
                    job["customer"],
                    len(job["attempts"]),
                    _minute(job["finished_at"]),
                    job["error"],
                )
                for job in page["jobs"]
            ),
        )
        if page["next"]:
            print_note(f"{page['total']} failed in all; next page: --after {page['next']}")
    tell_alarms(found)
    if found or any(job["resolved_at"] is None for job in page["jobs"]):
        raise typer.Exit(1)


@app.command()
def retry(
    which: Annotated[list[str], typer.Argument(metavar="ID ... | all", help="IDs of failed jobs.")],
    *,
    as_json: Json = False,
) -> None:
    """Queue failed jobs again.

    After *completed with errors* only the exports that failed are taken up.

    Example: `zwm queue retry all`
    """
    ids = None if which == ["all"] else [_as_id(text) for text in which]
    with mirror.opened():
        from workflow_mirror.jobs import control

        queued, errors = control.retry_all() if ids is None else ([], [])
        refused = [str(error) for error in errors]
        for run_id in ids or []:
            control.retry(run_id)
            queued.append(run_id)
    if as_json:
        print_json({"queued": queued, "refused": refused})
        return
    print_line(f"{len(queued)} queued")
    for reason in refused:
        print_note(reason)


@app.command()
def cancel(job_id: JobId, *, as_json: Json = False) -> None:
    """Cancel a waiting job, or stop a running one at its next step.

    Example: `zwm queue cancel 17`
    """
    with mirror.opened():
        from workflow_mirror.jobs import control

        outcome = control.cancel(job_id)
    _say({"cancelled": job_id, "outcome": outcome}, f"Job {job_id}: {outcome}", as_json=as_json)


@app.command()
def forget(job_id: JobId, *, as_json: Json = False) -> None:
    """Delete a finished job and its attempts.

    Example: `zwm queue forget 17`
    """
    with mirror.opened():
        from workflow_mirror.jobs import control

        control.forget(job_id)
    _say({"forgotten": job_id}, f"Job {job_id} forgotten", as_json=as_json)


@app.command()
def flush(*, as_json: Json = False) -> None:
    """Delete all failed jobs.

    Example: `zwm queue flush`
    """
    with mirror.opened():
        from workflow_mirror.jobs import control

        number = control.flush()
    _say({"forgotten": number}, f"{number} failed jobs forgotten", as_json=as_json)


@app.command()
def clear(*, as_json: Json = False) -> None:
    """Cancel all waiting jobs.

    Example: `zwm queue clear`
    """
    with mirror.opened():
        from workflow_mirror.jobs import control

        number = control.clear()
    _say({"cancelled": number}, f"{number} waiting jobs cancelled", as_json=as_json)


def failures() -> "list[Alarm]":
    """Failed jobs and rejected credentials."""
    from workflow_mirror.access.scope import EVERYTHING
    from workflow_mirror.schedules.alarms import Code, find_alarms

    return find_alarms(EVERYTHING, {Code.CREDENTIALS_REJECTED, Code.JOBS_FAILED})


def tell_alarms(found: "list[Alarm]") -> None:
    for alarm in found:
        print_note(f"Alarm: {alarm.text}")


def leave(ending: "Ending") -> NoReturn:
    """Exit according to how the worker ended."""
    if ending.stuck:
        surroundings.leave_at_once(ending.code)
    raise typer.Exit(ending.code)


def _print_jobs(jobs: list[dict[str, Any]]) -> None:
    if not jobs:
        return
    print_table(
        (
            "ID",
            "KIND",
            "CUSTOMER",
            "STATUS",
            "POSITION",
            "STARTS",
            "PROGRESS",
            "ATTEMPT",
            "REQUESTED BY",
        ),
        (
            (
                job["id"],
                job["kind"],
                job["customer"],
                _state(job),
                job.get("number", ""),
                _minute(_starts(job)),
                f"{job['progress']['done']}/{job['progress']['total']}",
                job["attempt"],
                job["requested_by"],
            )
            for job in jobs
        ),
    )


def _known(kind: str | None) -> str | None:
    from workflow_mirror.jobs.kinds import all_kinds

    names = [one.name for one in all_kinds()]
    if kind is not None and kind not in names:
        raise WrongUseError(f"Unknown kind of job {kind!r}: use one of {', '.join(names)}")
    return kind


def _starts(job: dict[str, Any]) -> Any:
    """The start time; for a queued job never its previous start. Empty if no worker is running."""
    return job["starts_at"] if "starts_at" in job else job["started_at"]


def _state(job: dict[str, Any]) -> str:
    if job["waiting_until"] is None:
        return str(job["status"])
    return f"waiting for Zuora until {_minute(job['waiting_until'])} UTC"


def _say(document: dict[str, Any], line: str, *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        print_line(line)


def _minute(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def _as_id(text: str) -> int:
    if not text.isdecimal():
        raise WrongUseError(f"Invalid job ID {text!r}: give job IDs, or all")
    return int(text)
