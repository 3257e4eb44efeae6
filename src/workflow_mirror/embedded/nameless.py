"""A user ID without an entry in the system's list of users, as containers have.

The server does not mind, but `initdb` and single-user mode want a name. The library nss_wrapper
gives them one, if it is installed: PostgreSQL's own container image does the same.
"""

import dataclasses
import os
import pwd
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflow_mirror.embedded.errors import OWN_SERVER, EmbeddedPostgresError
from workflow_mirror.embedded.programs import Programs

WRAPPER = "libnss_wrapper.so"
COMPLAINT = "could not look up effective user ID"


@contextmanager
def named(programs: Programs) -> Iterator[Programs]:
    """Programs that find a name for this user."""
    if programs.account or _has_name():
        yield programs
        return
    with tempfile.TemporaryDirectory() as directory:
        passwd, group = Path(directory, "passwd"), Path(directory, "group")
        passwd.write_text(f"zwm:x:{os.geteuid()}:{os.getegid()}::/:/bin/false\n", encoding="ascii")
        group.write_text(f"zwm:x:{os.getegid()}:\n", encoding="ascii")
        # If the library is missing, the loader reports it and continues without it.
        environ = {
            "LD_PRELOAD": WRAPPER,
            "NSS_WRAPPER_PASSWD": str(passwd),
            "NSS_WRAPPER_GROUP": str(group),
        }
        yield dataclasses.replace(programs, environ=environ)


def refuse_nameless(output: str) -> None:
    """Raise if this is what `initdb` complains of."""
    if COMPLAINT in output:
        raise EmbeddedPostgresError(
            f"The user ID {os.geteuid()} has no entry in /etc/passwd, and PostgreSQL cannot make "
            f"a database without one: add an entry, install the package libnss-wrapper "
            f"(nss_wrapper), {OWN_SERVER}."
        )


def _has_name() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True
