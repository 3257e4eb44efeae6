"""zwm web: only the web admin."""

import os
import socket
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

    Where there is no user yet, it creates `admin` and prints a one-time link to set its password.

    Example: `zwm web --port 8080`
    """
    with mirror.opened():
        from workflow_mirror.server import serve

        with listen(host, port) as listening:
            site = site_of(host, listening.getsockname()[1])
            print_note(f"The mirror is at {site}/")
            make_first_admin(site)
            serve.run(listening)


def listen(host: str, port: int) -> socket.socket:
    """A socket to serve on. Raises CommandError if it cannot be opened."""
    from workflow_mirror.server import serve

    try:
        return serve.listen(host, port)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CommandError(f"{host} port {port} cannot be used: {reason}") from error


def site_of(host: str, port: int) -> str:
    """The address for a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def make_first_admin(site: str) -> None:
    """Create the first user if there is none, and print a one-time link. Never a password: the
    output may be kept in a log.
    """
    from workflow_mirror.access.log_in_links import make_link
    from workflow_mirror.first_admin import USERNAME, ensure_first_admin

    admin = ensure_first_admin()
    if admin:
        print_note(f"The first user is {USERNAME}. Set its password within 24 hours, once, at:")
        print_note(make_link(admin, site))
        print_note(f"For a new link: zwm users password {USERNAME} --link")
