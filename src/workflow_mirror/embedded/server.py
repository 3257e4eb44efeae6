"""The server for its users: started when needed, shared, stopped with the last user.

Three lock files in the data directory show the state; process IDs are not trusted:

- `start.lock`, exclusive: one process at a time starts or stops;
- `holders.lock`, shared: each process that uses the server has it; who can make it exclusive
  is the last one;
- `server.lock`, exclusive: handed down to PostgreSQL's own processes, so it is free exactly
  when none of them lives. After a crash, and in a container whose process IDs start again,
  `postmaster.pid` alone could not tell.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from workflow_mirror.embedded import cluster, locks, postmaster, programs, root
from workflow_mirror.embedded.errors import OWN_SERVER, EmbeddedPostgresError, failure
from workflow_mirror.embedded.location import Location, owned_by
from workflow_mirror.home import HomeError, prepare


class EmbeddedPostgres:
    """The server of one data directory, and this process's handle on it."""

    def __init__(self, home: Path) -> None:
        self._location = Location(home)
        self._guard = threading.Lock()
        self._handle: int | None = None
        self._holder = 0

    @property
    def url(self) -> str:
        """Where the database is; the same for a data directory whether the server runs or not."""
        # The port is named because libpq would else take PGPORT.
        host = quote(str(self._location.sockets), safe="/")
        return f"postgresql://{cluster.NAME}@:{postmaster.PORT}/{cluster.NAME}?host={host}"

    @property
    def psql_environment(self) -> dict[str, str]:
        """Variables by which a `psql` finds the server, and a shell finds a `psql`."""
        path = os.environ.get("PATH", os.defpath)
        return {
            "PATH": f"{path}{os.pathsep}{programs.own_directory()}",
            "PGHOST": str(self._location.sockets),
        }

    def acquire(self) -> None:
        """Start the server unless it runs, and keep it running until `release`."""
        with self._guard, self._one_line_errors():
            if self._handle is not None and self._holder == os.getpid():
                return
            self._drop_copy()
            prepare(self._location.home)
            self._location.make_database_directory()
            with locks.exclusive(self._location.starting):
                self._handle = self._take_handle()
            self._holder = os.getpid()

    def release(self) -> None:
        """Give the handle back; the last one stops the server."""
        with self._guard, self._one_line_errors():
            if self._holder != os.getpid():
                self._drop_copy()
            if self._handle is None:
                return
            handle, self._handle = self._handle, None
            try:
                with locks.exclusive(self._location.starting):
                    self._stop_if_last(handle)
            finally:
                os.close(handle)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def revive(self) -> bool:
        """Restart the server if it has died, for its remaining users; True if it had."""
        with self._guard, self._one_line_errors():
            if self._lives():
                return False
            with locks.exclusive(self._location.starting):
                self._ensure_running()
            return True

    def destroy(self) -> None:
        """Stop the server and delete the database for good, wherever it lies."""
        self.release()
        if not self._location.database.is_dir():
            return
        with self._one_line_errors(), locks.exclusive(self._location.starting):
            handle = locks.open_lock(self._location.holders)
            try:
                if not locks.try_exclusive(handle):
                    raise EmbeddedPostgresError(
                        f"The database in {self._location.home} is in use: stop what uses it."
                    )
                self._stop()
                self._delete()
            finally:
                os.close(handle)

    @contextmanager
    def _one_line_errors(self) -> Iterator[None]:
        try:
            yield
        except HomeError as error:
            raise EmbeddedPostgresError(str(error)) from error
        except (OSError, shutil.Error) as error:
            raise EmbeddedPostgresError(
                f"The database in {self._location.home} cannot be used ({error}): "
                f"put that right, {OWN_SERVER}."
            ) from error

    # Handles

    def _take_handle(self) -> int:
        handle = locks.open_lock(self._location.holders)
        try:
            locks.share(handle)
            self._ensure_running()
        except BaseException as error:
            # What failed does not run, or goes on starting for the next one who asks; after
            # Ctrl-C nobody may ask again.
            if not isinstance(error, Exception):
                with suppress(EmbeddedPostgresError):
                    self._stop_if_last(handle)
            os.close(handle)
            raise
        return handle

    def _stop_if_last(self, handle: int) -> None:
        if locks.try_exclusive(handle):
            self._stop()

    def _drop_copy(self) -> None:
        """Close a fork's copy of its parent's handle: the parent is responsible for it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    # The server

    @cached_property
    def _programs(self) -> programs.Programs:
        return programs.find(root.account())

    def _data(self) -> Path | None:
        directory = self._location.cluster()
        return directory / "data" if directory and (directory / "data").is_dir() else None

    def _ensure_running(self) -> None:
        serving = locks.open_lock(self._location.serving)
        try:
            if self._is_free(serving):
                self._start(serving)
        finally:
            os.close(serving)  # a server that was started has its own copy

    def _is_free(self, serving: int) -> bool:
        """Wait until the server is ready, or until none of it is left and the lock is ours."""
        deadline = time.monotonic() + postmaster.START_SECONDS
        while not locks.try_exclusive(serving):
            data = self._data()
            if data and postmaster.is_ready(data, self._location.sockets):
                return False
            if data:
                postmaster.refuse_elsewhere(data, self._location.sockets)
            if time.monotonic() > deadline:
                if data and postmaster.is_stopping(data):
                    # Nobody else waits for it: who stops a server has the lock that we have.
                    self._stop_at_once(data)
                    deadline = time.monotonic() + postmaster.START_SECONDS
                    continue
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL in {data or self._location.database} is still "
                    f"starting or stopping after {postmaster.START_SECONDS} seconds: try again "
                    f"later, {OWN_SERVER}."
                )
            time.sleep(0.05)
        return True

    def _start(self, serving: int) -> None:
        account = self._programs.account
        directory = self._location.cluster() or self._location.make_cluster(account)
        owned_by(directory, account.uid if account else os.geteuid())
        if not (directory / "data").is_dir():
            cluster.initialise(self._programs, directory, serving)
        cluster.check_version(directory / "data")
        self._location.claim(directory)
        sockets = self._location.make_sockets(account)
        postmaster.clear_leftovers(self._programs, directory / "data", sockets)
        postmaster.start(self._programs, directory, sockets, serving)

    def _stop(self) -> None:
        data = self._data()
        if data is None or not self._lives():
            return
        self._verify_stopped(data, postmaster.stop(self._programs, data))
        # A directory apart from the data would be left behind for ever.
        with suppress(OSError):
            self._location.sockets.rmdir()

    def _stop_at_once(self, data: Path) -> None:
        self._verify_stopped(data, postmaster.stop_at_once(self._programs, data))

    def _verify_stopped(self, data: Path, complaint: str) -> None:
        if complaint and self._lives():
            log = data.with_name("server.log")
            raise failure("The embedded PostgreSQL does not stop", complaint, log)

    def _lives(self) -> bool:
        serving = locks.open_lock(self._location.serving)
        try:
            return not locks.try_exclusive(serving)
        finally:
            os.close(serving)

    def _delete(self) -> None:
        directory = self._location.cluster()
        if directory:
            shutil.rmtree(directory)
            root.forget_home(directory)
        self._location.pointer.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            shutil.rmtree(self._location.sockets)
