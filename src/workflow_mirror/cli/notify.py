"""zwm notify: notification rules and the messages that they sent."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.output import (
    CommandError,
    print_json,
    print_line,
    print_note,
    print_table,
)

app = typer.Typer(
    help="Notification rules and their messages.",
    no_args_is_help=True,
    epilog="Example: `zwm notify list`",
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


class State(StrEnum):
    """Those of a delivery; a test compares them."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


@app.command("list")
def list_rules(*, as_json: Json = False) -> None:
    """List the notification rules of all users. Rules are made in the web admin.

    Example: `zwm notify list`
    """
    with mirror.opened():
        from workflow_mirror.notifications.queries import describe_rule, rules_of

        rules = [describe_rule(rule) for rule in rules_of(None)]
    if as_json:
        print_json({"rules": rules})
        return
    print_table(
        ("ID", "NAME", "OWNER", "ON", "EVENTS", "CUSTOMERS", "CHANNEL", "FREQUENCY", "ERROR"),
        (
            (
                rule["id"],
                rule["name"],
                rule["owner"],
                "on" if rule["enabled"] else "off",
                ", ".join(rule["events"]),
                "all" if rule["customers"] is None else ", ".join(rule["customers"]),
                rule["mail_to"] or rule["channel"],
                rule["frequency"],
                rule["error"],
            )
            for rule in rules
        ),
    )


@app.command("test")
def try_rule(
    rule_id: Annotated[int, typer.Argument(metavar="ID", help="The rule's ID in the list.")],
    *,
    as_json: Json = False,
) -> None:
    """Send a test message of a rule now. The exit code is 1 if it is not accepted.

    Example: `zwm notify test 3`
    """
    with mirror.opened():
        from workflow_mirror.notifications.queries import describe_delivery, find_rule
        from workflow_mirror.notifications.rules import send_test

        delivery = describe_delivery(send_test(find_rule(rule_id)))
    if delivery["state"] != State.DELIVERED:
        raise CommandError(f"The test message was not sent. {delivery['error']}")
    if as_json:
        print_json({"delivery": delivery})
    else:
        print_line("Test message sent")


@app.command()
def deliveries(
    *,
    rule: Annotated[int | None, typer.Option(help="Only of the rule with this ID.")] = None,
    state: Annotated[State | None, typer.Option(help="Only messages in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List the messages, newest first, with the error of each that was not accepted.

    Example: `zwm notify deliveries --state failed`
    """
    with mirror.opened():
        from workflow_mirror.notifications.queries import list_deliveries

        found = list_deliveries(rule, state and state.value, limit)
    if as_json:
        print_json({"deliveries": found})
        return
    print_table(
        ("ID", "RULE", "STATE", "EVENTS", "ATTEMPTS", "CREATED", "ERROR"),
        (_row(delivery) for delivery in found),
    )


@app.command()
def resend(
    delivery_id: Annotated[
        int, typer.Argument(metavar="ID", help="The message's ID in `zwm notify deliveries`.")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Queue a failed or delivered message again. A delivered one arrives twice.

    Example: `zwm notify resend 17`
    """
    with mirror.opened():
        from workflow_mirror.jobs.queries import alive_workers
        from workflow_mirror.notifications.queries import find_delivery
        from workflow_mirror.notifications.resending import resend as send_again

        send_again(find_delivery(delivery_id))
        has_worker = bool(alive_workers())
    if as_json:
        print_json({"queued": delivery_id})
        return
    print_line(f"Message {delivery_id} is queued")
    if not has_worker:
        print_note("No worker is running. The web admin or zwm schedule run sends it")


def _row(delivery: dict[str, Any]) -> tuple[Any, ...]:
    return (
        delivery["id"],
        delivery["rule"],
        delivery["state"],
        "test" if delivery["test"] else delivery["events"],
        delivery["attempts"],
        f"{delivery['created_at']:%Y-%m-%d %H:%M}",
        delivery["error"],
    )
