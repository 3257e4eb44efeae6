"""Where the cluster of a data directory lies, and its socket.

home/database/           lock files; as root `location`, if the cluster lies elsewhere
home/database/cluster/   data, server.log, and the socket; only PostgreSQL's user enters
"""

import hashlib
import os
import pwd
import re
import stat
from pathlib import Path

from workflow_mirror.embedded import root
from workflow_mirror.embedded.errors import OWN_SERVER, EmbeddedPostgresError
from workflow_mirror.home import DATABASE

SOCKET = ".s.PGSQL.5432"
LONGEST = 90  # bytes of a socket's path that every system takes
CLUSTER_NAME = re.compile(r"[a-z0-9_]{4,32}")


class Location:
    """The places of one data directory; names only, until something is asked to be made."""

    def __init__(self, home: Path) -> None:
        # Other names of the same directory must lead to the same server.
        self.home = Path(os.path.realpath(home.expanduser()))
        self.database = self.home / DATABASE
        self.pointer = self.database / "location"
        self.starting = self.database / "start.lock"
        self.holders = self.database / "holders.lock"
        self.serving = self.database / "server.lock"

    @property
    def sockets(self) -> Path:
        """Known from the home alone, so that the settings need no running server."""
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        if os.geteuid() == 0:
            return root.socket_directory(name)
        inside = self.database / "cluster" / "socket"
        if len(os.fsencode(inside / SOCKET)) <= LONGEST:
            return inside
        # Not TMPDIR or the like: they differ between a terminal and a cron job of one user.
        return Path("/tmp") / f"zwm-{os.geteuid()}-{name}"  # noqa: S108 - its owner is verified

    def cluster(self) -> Path | None:
        """Return the cluster's directory if there is one; its data may still be missing."""
        inside = self.database / "cluster"
        if self.pointer.exists():
            return self._pointed_to()
        return inside if inside.is_dir() else None

    def _pointed_to(self) -> Path:
        name = self.pointer.read_text(encoding="utf-8").strip()
        cluster = root.PLACE / "clusters" / name
        if not CLUSTER_NAME.fullmatch(name) or not cluster.is_dir():
            raise EmbeddedPostgresError(
                f"The database of {self.home} lies in {cluster}, which does not exist: restore it, "
                f"or delete {self.pointer} to begin with an empty one."
            )
        self._refuse_copy(cluster)
        return cluster

    def _refuse_copy(self, cluster: Path) -> None:
        """Refuse the cluster of a home that still uses it; of one that was moved it is ours."""
        home = root.home_of(cluster)
        if home is None or home == self.home:
            return
        pointer = Location(home).pointer
        if not pointer.exists() or pointer.read_text(encoding="utf-8").strip() != cluster.name:
            return
        if pointer.samefile(self.pointer):  # two mounts of one directory
            return
        raise EmbeddedPostgresError(
            f"{self.home} is a copy of {home}, and both name the database in {cluster}: use "
            f"{home}, or give the copy a database of its own. Copy {cluster} to another name "
            f"beside it and write that name into {self.pointer}, or delete {self.pointer} to "
            f"begin with an empty one."
        )

    def claim(self, cluster: Path) -> None:
        """Note whose a cluster outside of the home is: a copy of the home names it, too."""
        if self.pointer.exists():
            root.note_home(cluster, self.home)

    def make_database_directory(self) -> None:
        """Make the directory of the lock files, which must be this user's."""
        root.make_directory(self.database, root.PASS_THROUGH if os.geteuid() == 0 else 0o700)
        owned_by(self.database, os.geteuid())

    def make_cluster(self, account: root.Account | None) -> Path:
        """Make it in the home, unless root's system user cannot enter that."""
        inside = self.database / "cluster"
        if account is None or account.can_enter(self.database):
            return root.make_directory(inside, 0o700, account)
        cluster = root.new_cluster_directory(account)
        aside = self.pointer.with_suffix(".new")
        aside.write_text(f"{cluster.name}\n", encoding="utf-8")
        aside.rename(self.pointer)
        return cluster

    def make_sockets(self, account: root.Account | None) -> Path:
        """Make the socket's directory, proven to be private: anyone can make one in /tmp."""
        directory = self.sockets
        if account:
            root.make_socket_directory(directory, account)
        else:
            root.make_directory(directory, 0o700)
        owned_by(directory, account.uid if account else os.geteuid())
        if stat.S_IMODE(directory.lstat().st_mode) & 0o077:
            raise EmbeddedPostgresError(
                f"Other users can enter {directory}, where the database is reached without a "
                f"password: `chmod 700 {directory}`, {OWN_SERVER}."
            )
        return directory


def owned_by(directory: Path, uid: int) -> None:
    """Refuse a link, or another user's directory."""
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise EmbeddedPostgresError(f"{directory} is not a directory: move it away.")
    if status.st_uid != uid:
        raise EmbeddedPostgresError(
            f"{directory} belongs to the user {_name(status.st_uid)}, not {_name(uid)}: run as "
            f"{_name(status.st_uid)}, or set ZWM_HOME to another directory, {OWN_SERVER}."
        )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
