"""The server process of one cluster: started, stopped, and asked whether it is ready."""

import shlex
import socket
from pathlib import Path

from workflow_mirror.embedded.errors import EmbeddedPostgresError, failure
from workflow_mirror.embedded.location import SOCKET
from workflow_mirror.embedded.programs import Programs

START_SECONDS = 60
STOP_SECONDS = 60
LARGEST_LOG = 10_000_000
PORT = 5432  # only a part of the socket's name

# Given at every start, so that a release can change them; `ALTER SYSTEM` sets any other.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    # Four workers of eight can take 40 each, the web admin 20; unused ones cost 80 kB each.
    "max_connections": "200",
    # The default is a turning disk's; there, too, the mirror mostly lies in memory.
    "random_page_cost": "1.1",
    "jit": "off",
    # Parallel plans need space in /dev/shm, of which a container has only 64 MB.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "log_checkpoints": "off",
    # DETAIL quotes the failing row, and with it task parameters.
    "log_error_verbosity": "terse",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def start(programs: Programs, cluster: Path, sockets: Path, serving: int) -> None:
    """Start the server and wait until it is ready; it keeps the `serving` lock while it lives."""
    log = cluster / "server.log"
    begin = _rotated(log)
    started = programs.run(
        "pg_ctl", "start", "-D", "data", "-l", log.name, "-o", _options(sockets),
        "-w", "-s", "-t", str(START_SECONDS),
        cwd=cluster, timeout=START_SECONDS + 30, keep_open=(serving,),
    )  # fmt: skip
    if started.returncode == 0:
        return
    if "in time" in started.stderr:
        raise EmbeddedPostgresError(
            f"The embedded PostgreSQL is not ready after {START_SECONDS} seconds; it goes on "
            f"starting, perhaps recovering from a crash: try again later. See {log}."
        )
    output = _read_from(log, begin) or started.stderr
    raise failure("The embedded PostgreSQL does not start", output, log)


def stop(programs: Programs, data: Path) -> str:
    """Stop it cleanly, despite connected clients; return its error message, if any.

    A clean stop can hang: with a full disk, one that arrives during crash recovery never ends.
    """
    return _stop(programs, data, "fast") and stop_at_once(programs, data)


def stop_at_once(programs: Programs, data: Path) -> str:
    """Stop it as a crash would; nothing that was committed is lost, the next start recovers it."""
    return _stop(programs, data, "immediate")


def _stop(programs: Programs, data: Path, mode: str) -> str:
    stopped = programs.run(
        "pg_ctl", "stop", "-D", data.name, "-m", mode, "-w", "-s", "-t", str(STOP_SECONDS),
        cwd=data.parent, timeout=STOP_SECONDS + 30,
    )  # fmt: skip
    return "" if stopped.returncode == 0 else stopped.stderr or "pg_ctl failed"


def is_ready(data: Path, sockets: Path) -> bool:
    """Whether the server of this data takes connections there."""
    return _state(data) == "ready" and _answers(sockets / SOCKET)


def is_stopping(data: Path) -> bool:
    return _state(data) == "stopping"


def refuse_elsewhere(data: Path, sockets: Path) -> None:
    """Refuse a server of this data that listens elsewhere: we did not start it so."""
    lines = _pid_file(data)
    if len(lines) < 5 or not lines[4]:  # noqa: PLR2004 - the place of the socket's directory
        return
    path = Path(lines[4], f".s.PGSQL.{lines[3]}")
    if path.parent != sockets and _answers(path):
        raise EmbeddedPostgresError(
            f"A PostgreSQL server that listens in {path.parent} uses {data}: it was started by "
            f"hand, or the data directory was moved while it ran. Stop it first."
        )


def clear_leftovers(programs: Programs, data: Path, sockets: Path) -> None:
    """Remove what a killed server left, since its process id may be another process's by now.

    Only for a caller that has the `serving` lock: no server that we started lives then.
    """
    refuse_elsewhere(data, sockets)
    path, lock = sockets / SOCKET, sockets / f"{SOCKET}.lock"
    if _answers(path):
        _stop_orphan(programs, lock)
    for left in (data / "postmaster.pid", path, lock):
        left.unlink(missing_ok=True)


def _stop_orphan(programs: Programs, lock: Path) -> None:
    """Stop the server of a data directory that was deleted and recreated while it ran."""
    data = Path(lock.read_text(encoding="utf-8").splitlines()[1])
    if complaint := stop(programs, data):
        raise failure(f"A server that still runs in {data} does not stop", complaint)


def _options(sockets: Path) -> str:
    # A list of directories in PostgreSQL's own quotes, inside a word of the shell.
    directory = str(sockets).replace('"', '""')
    settings = SETTINGS | {"unix_socket_directories": f'"{directory}"'}
    return " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())


def _state(data: Path) -> str:
    lines = _pid_file(data)
    return lines[7].strip() if len(lines) > 7 else ""  # noqa: PLR2004 - the place of its state


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True


def _rotated(log: Path) -> int:
    """Begin a new log when this one is large; return where the next line will be."""
    size = log.stat().st_size if log.exists() else 0
    if size < LARGEST_LOG:
        return size
    log.replace(log.with_suffix(".log.1"))
    return 0


def _read_from(log: Path, begin: int) -> str:
    try:
        with log.open("rb") as file:
            file.seek(begin)
            return file.read().decode(errors="replace")
    except OSError:
        return ""
