"""zwm web: only the web admin."""

import os
import socket
import sys
from typing import Annotated

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.output import CommandError, print_note


def web(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 chooses a free one.")
    ] = 8000,
) -> None:
    """Serve the web admin until Ctrl-C or SIGTERM.

    Where there is no user yet, it creates `admin` and prints the password, on a terminal only.

    Example: `zwm web --port 8080`
    """
    with mirror.opened():
        from workflow_mirror.server import serve

        if sys.stderr.isatty():
            make_first_admin()
        else:
            _tell_of_missing_users()
        with listen(host, port) as listening:
            name = f"[{host}]" if ":" in host else host
            print_note(f"The mirror is at http://{name}:{listening.getsockname()[1]}/")
            serve.run(listening)


def listen(host: str, port: int) -> socket.socket:
    """A socket to serve on. Raises CommandError if it cannot be opened."""
    from workflow_mirror.server import serve

    try:
        return serve.listen(host, port)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CommandError(f"{host} port {port} cannot be used: {reason}") from error


def make_first_admin() -> None:
    """Create the first user if there is none, and print the password."""
    from workflow_mirror.first_admin import USERNAME, ensure_first_admin

    password = ensure_first_admin()
    if password:
        print_note(f"Log in as {USERNAME} with the password {password}")
        print_note("This password is not shown again. You can change it in the web admin.")


def _tell_of_missing_users() -> None:
    """Without a terminal: a password must not end up in a log."""
    from workflow_mirror.first_admin import has_users

    if not has_users():
        print_note("No user exists yet. Create one with zwm manage createsuperuser")
