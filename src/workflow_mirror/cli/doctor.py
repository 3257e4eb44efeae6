"""zwm doctor."""

from typing import Annotated

import typer

from workflow_mirror.cli.output import print_json, print_table


def doctor(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ] = False,
) -> None:
    """Examine the installation: what is wrong, and what to do.

    Exit code 1 if a check failed. For customers, jobs and schedules see `zwm queue monitor`.

    Example: `zwm doctor`
    """
    from workflow_mirror.doctor import State, examine

    findings = list(examine())
    is_well = all(finding.state != State.FAILED for finding in findings)
    if as_json:
        print_json({"ok": is_well, "checks": [vars(finding) for finding in findings]})
    else:
        rows = [(one.check, one.state, one.text, one.todo) for one in findings]
        print_table(("CHECK", "STATE", "FOUND", "WHAT TO DO"), rows)
    if not is_well:
        raise typer.Exit(1)
