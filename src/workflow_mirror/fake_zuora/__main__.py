"""Run the fake in a separate process: `python -m workflow_mirror.fake_zuora`."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from threading import Event
from typing import NoReturn

from workflow_mirror.fake_zuora.server import serve
from workflow_mirror.fake_zuora.state import FakeZuora


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print one line; argparse would print the whole usage first."""
        self.exit(2, f"{self.prog}: error: {message} (try --help)\n")


NAMES = ("acme", "globex", "initech", "umbrella", "hooli", "soylent", "stark", "wayne")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    _check(parser, options)
    stop = _stop_on_signal()
    fake = _make_fake(options)
    try:
        with serve(fake, options.host, options.port) as server:
            print(json.dumps(_ready_line(fake, server.base_url)), flush=True)  # noqa: T201
            stop.wait()
    except OSError as error:
        print(f"cannot serve on {options.host}:{options.port}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m workflow_mirror.fake_zuora",
        description="A pretend Zuora. Prints one JSON line with its address and the tenants' "
        "credentials when it is ready, then serves until it is interrupted.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8070, help="0 takes a free one (default: %(default)s)")
    add("--tenants", type=int, default=2, help="number of tenants (default: %(default)s)")
    add("--workflows", type=int, default=30, help="definitions per tenant (default: %(default)s)")
    add("--tasks", type=int, default=20, help="tasks per export (default: %(default)s)")
    add("--latency", type=float, default=0.0, help="seconds per request (default: %(default)s)")
    add("--seed", type=int, default=1, help="same seed, same documents (default: %(default)s)")
    add("--dialect", choices=("documented", "newer", "mixed"), default="documented",
        help="mixed: every second tenant is newer (default: %(default)s)")  # fmt: skip
    add("--client-id", help="of the first tenant; made up when not given")
    add("--client-secret", help="of the first tenant; or FAKE_ZUORA_CLIENT_SECRET")
    add("--token-limit", type=int, default=100, metavar="N",
        help="token calls a minute by address, 0 for no limit (default: %(default)s)")  # fmt: skip
    add("--uniform", action="store_true",
        help="only active definitions with one active version each")  # fmt: skip
    add("--render", action="store_true",
        help="render every export before serving, for benchmarks")  # fmt: skip
    return parser


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    smallest = {"port": 0, "tenants": 0, "workflows": 0, "tasks": 1, "latency": 0, "token_limit": 0}
    for name, least in smallest.items():
        if getattr(options, name) < least:
            parser.error(f"--{name.replace('_', '-')} must be at least {least}")
    if options.port > 65535:  # noqa: PLR2004
        parser.error("--port must be at most 65535")


def _make_fake(options: argparse.Namespace) -> FakeZuora:
    fake = FakeZuora(latency=options.latency)
    fake.token_limit_per_minute = options.token_limit or None
    for index in range(options.tenants):
        newer = options.dialect == "newer" or (options.dialect == "mixed" and index % 2 == 1)
        secret = options.client_secret or os.environ.get("FAKE_ZUORA_CLIENT_SECRET")
        tenant = fake.add_tenant(
            NAMES[index] if index < len(NAMES) else f"tenant-{index + 1}",
            client_id=options.client_id if index == 0 else None,
            client_secret=secret if index == 0 else None,
            dialect="newer" if newer else "documented",
        )
        tenant.generate(
            options.workflows,
            tasks=options.tasks,
            seed=options.seed + index,
            variety=not options.uniform,
        )
        if options.render:
            tenant.render_exports()
    return fake


def _ready_line(fake: FakeZuora, base_url: str) -> dict[str, object]:
    tenants = [
        {"name": name, "client_id": tenant.client_id, "client_secret": tenant.client_secret}
        for name, tenant in fake.tenants.items()
    ]
    return {"base_url": base_url, "tenants": tenants}


def _stop_on_signal() -> Event:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop


if __name__ == "__main__":
    sys.exit(main())
