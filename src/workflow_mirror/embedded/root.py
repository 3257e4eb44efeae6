"""What only root needs: PostgreSQL refuses to run as root, so a system user runs it.

That user must reach the programs and the data. Permissions of existing directories are never
changed for it: files that it cannot reach are put below `PLACE` instead.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow_mirror.embedded import locks
from workflow_mirror.embedded.errors import OWN_SERVER, EmbeddedPostgresError, reason
from workflow_mirror.home import ROOT_HOME

PLACE = ROOT_HOME
USER = "zwm-postgres"
NO_LOGIN = "/usr/sbin/nologin"
PASS_THROUGH = 0o711


@dataclass(frozen=True)
class Account:
    """The system user that runs PostgreSQL for root."""

    name: str
    uid: int
    gid: int

    @property
    def as_user(self) -> dict[str, Any]:
        """Arguments of `subprocess.run`."""
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o077}

    def can_enter(self, directory: Path) -> bool:
        """Try it for real: permissions, access control lists and mounts all count."""
        tried = subprocess.run(  # noqa: S603 - fixed program, the path is an argument
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)],
            cwd="/",
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            **self.as_user,
        )
        return tried.returncode == 0


def account() -> Account | None:
    """Return who runs PostgreSQL for root, made if missing; None if this user does."""
    if os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwnam(USER)
    except KeyError:
        found = _make_user()
    return Account(USER, found.pw_uid, found.pw_gid)


def _make_user() -> pwd.struct_passwd:
    with locks.exclusive(make_place() / ".lock"):
        command = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        try:
            made = subprocess.run(  # noqa: S603 - our own arguments, no shell
                [_useradd(), *command, "--shell", NO_LOGIN, USER],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            return pwd.getpwnam(USER)  # another process may have made it just before
        except (KeyError, OSError, subprocess.SubprocessError) as error:
            why = reason(made.stderr) if isinstance(error, KeyError) else str(error)
            raise EmbeddedPostgresError(
                f"PostgreSQL does not run as root, and the system user {USER} cannot be made "
                f"({why}): run as an ordinary user, {OWN_SERVER}."
            ) from error


def _useradd() -> str:
    return shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin") or "useradd"


def new_cluster_directory(owner: Account) -> Path:
    """Make an empty place for a cluster that its owner could not reach in the home."""
    clusters = make_directory(make_place() / "clusters", PASS_THROUGH)
    if not owner.can_enter(clusters):
        raise EmbeddedPostgresError(
            f"The system user {owner.name} cannot enter {clusters}: let others pass through "
            f"(`chmod o+x`), or run as an ordinary user, {OWN_SERVER}."
        )
    cluster = Path(tempfile.mkdtemp(dir=clusters, prefix=""))
    os.chown(cluster, owner.uid, owner.gid)
    return cluster


def home_of(cluster: Path) -> Path | None:
    """Return the data directory that used a cluster last; None where it is not known."""
    try:
        return Path(os.fsdecode(_note_of(cluster).read_bytes()))
    except FileNotFoundError:
        return None


def note_home(cluster: Path, home: Path) -> None:
    if home_of(cluster) == home:
        return
    aside = _note_of(cluster).with_suffix(".new")
    aside.write_bytes(os.fsencode(home))
    aside.rename(_note_of(cluster))


def forget_home(cluster: Path) -> None:
    _note_of(cluster).unlink(missing_ok=True)


def _note_of(cluster: Path) -> Path:
    # Next to the cluster, which the system user could write to.
    return cluster.with_suffix(".home")


def socket_directory(name: str) -> Path:
    """Return where the socket of a home lies; nothing is created."""
    return PLACE / "sockets" / name


def make_socket_directory(directory: Path, owner: Account) -> None:
    make_place()
    make_directory(directory.parent, PASS_THROUGH)
    make_directory(directory, 0o700, owner)


def make_directory(path: Path, mode: int, owner: Account | None = None) -> Path:
    """Create it with this mode, regardless of the umask; an existing one is unchanged."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return path
    if owner:
        os.chown(path, owner.uid, owner.gid)
    path.chmod(mode)
    return path


def make_place() -> Path:
    """Make the directory of what cannot lie in a home of root's alone."""
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    return make_directory(PLACE, PASS_THROUGH)
