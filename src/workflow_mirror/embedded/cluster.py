"""Makes a cluster with its database, and knows whether these programs can read one."""

import os
import shutil
from pathlib import Path

from workflow_mirror.embedded.errors import OWN_SERVER, EmbeddedPostgresError, failure
from workflow_mirror.embedded.nameless import named, refuse_nameless
from workflow_mirror.embedded.programs import Programs, version

NAME = "zwm"  # of the database, and of its owner
SECONDS = 300

# The collation is PostgreSQL's own, so no update of the system can break an index. The text
# search parser and pg_trgm still ask the system what a letter is: in plain C no accented one.
LETTERS = ("C.UTF-8", "en_US.UTF-8", "C")


def initialise(programs: Programs, cluster: Path, serving: int) -> None:
    """Make `data` in the cluster's directory: aside, and renamed when it is whole."""
    for half in cluster.glob("new-*"):
        shutil.rmtree(half, ignore_errors=True)
    name = f"new-{os.urandom(4).hex()}"
    try:
        with named(programs) as able:
            _initdb(able, cluster, name, serving)
            _create_database(able, cluster, name, serving)
        (cluster / name).rename(cluster / "data")
    except BaseException:
        shutil.rmtree(cluster / name, ignore_errors=True)
        raise


def _initdb(programs: Programs, cluster: Path, name: str, serving: int) -> None:
    for letters in LETTERS:
        made = programs.run(
            "initdb", "-D", name, f"--username={NAME}", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            f"--lc-ctype={letters}", "--auth-local=trust", "--auth-host=reject",
            "--data-checksums", "--no-instructions",
            cwd=cluster, timeout=SECONDS, keep_open=(serving,),
        )  # fmt: skip
        if made.returncode == 0:
            return
        if "invalid locale" not in made.stderr:
            break
    refuse_nameless(made.stderr)
    raise failure(f"The database in {cluster} cannot be made", made.stdout + made.stderr)


def _create_database(programs: Programs, cluster: Path, name: str, serving: int) -> None:
    # Without a server, so that a cluster is never seen without its database.
    made = programs.run(
        "postgres", "--single", "-D", name, "-c", "exit_on_error=on",
        "-c", "log_checkpoints=off", "postgres",
        cwd=cluster, timeout=SECONDS, keep_open=(serving,), text=f"CREATE DATABASE {NAME}\n",
    )  # fmt: skip
    if made.returncode != 0:
        raise failure(f"The database in {cluster} cannot be made", made.stderr)


def check_version(data: Path) -> None:
    """Refuse data of another major version, and a directory without PostgreSQL's data."""
    try:
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise EmbeddedPostgresError(
            f"{data} holds no readable PostgreSQL database ({error}): restore it from your "
            f"backup, or move it away to begin with an empty one."
        ) from error
    needed = version().partition(".")[0]  # the wheel's version starts with PostgreSQL's
    if found != needed:
        raise EmbeddedPostgresError(
            f"The database in {data} was made by PostgreSQL {found}, the installed one is "
            f"{needed}: run `zwm backup` with the version of zwm that used it last, and "
            f"`zwm restore` with this one into a new ZWM_HOME, {OWN_SERVER}."
        )
