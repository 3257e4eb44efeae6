"""zwm backup, zwm restore and zwm move."""

from pathlib import Path
from typing import Annotated

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.output import (
    CommandError,
    WrongUseError,
    print_json,
    print_line,
    print_note,
)
from workflow_mirror.cli.passphrases import new_passphrase, passphrase_of

COMPLETED_WITH_ERRORS = 3

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        metavar="F", help="Read the passphrase from the first line of this file, not a terminal."
    ),
]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    *,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Write the database and its keys into one encrypted file, while the mirror is in use.

    An earlier backup of this name is replaced when the new one is complete.

    Example: `zwm backup /backup/zwm-$(date +%F).backup --passphrase-file /etc/zwm/passphrase`
    """
    passphrase = new_passphrase(passphrase_file)
    with mirror.opened(migrated=False):
        from workflow_mirror.audit.actions import Action
        from workflow_mirror.audit.record import record
        from workflow_mirror.backup.create import backup as make
        from workflow_mirror.schema import is_current

        if is_current():  # there may be no audit log before `zwm migrate`
            record(Action.BACKUP_STARTED, file.name)
        made = make(file.absolute(), passphrase)
    if as_json:
        print_json(vars(made) | {"file": str(made.file)})
    else:
        print_line(f"Backup written to {made.file} ({made.bytes} bytes)")
    if made.undecryptable:
        print_note(
            f"{made.undecryptable} stored secrets cannot be decrypted with the keys of this host:"
            " the backup has them as they are"
        )
        raise typer.Exit(COMPLETED_WITH_ERRORS)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that zwm backup has written.")],
    *,
    passphrase_file: PassphraseFile = None,
    keys_to: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            help="With DATABASE_URL: write the keys to files in this directory.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Restore a backup into an empty data directory, or with DATABASE_URL an empty database.

    Example: `zwm restore zwm-2026-11-28.backup`
    """
    passphrase = passphrase_of(passphrase_file)
    from workflow_mirror import database
    from workflow_mirror.backup.restore import restore as put_back

    if keys_to is not None and database.is_embedded():
        raise WrongUseError(
            "--keys-to is for a database in DATABASE_URL; here the keys go to ZWM_HOME"
        )
    with mirror.by_os_user():
        restored = put_back(file.absolute(), passphrase, keys_to and keys_to.absolute())
    if as_json:
        print_json(vars(restored) | {"file": str(file.absolute())})
    else:
        print_line(f"Restored the backup of {restored.created_at} made by zwm {restored.program}")
    if restored.is_behind:
        print_note("The backup is from an older version of zwm: run `zwm migrate` next")


def move(
    *,
    to: Annotated[
        str | None,
        typer.Option(metavar="DATABASE_URL", help="The target database, or `embedded`."),
    ] = None,
    to_file: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Read the URL from the first line of this file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy the mirror into another, empty database, and compare all rows.

    Stop the workers and the web admin first. The original database is kept. The command line shows
    a password in the URL to other users of the machine: use `--to-file` then.

    Example: `zwm move --to postgresql://zwm@db.example.com/zwm`
    """
    if (to is None) == (to_file is None):
        raise WrongUseError("Name the target database with --to or --to-file")
    target = to or _url_in(to_file)
    with mirror.opened():
        from workflow_mirror.backup.move import EMBEDDED
        from workflow_mirror.backup.move import move as copy

        moved = copy(target)
    if as_json:
        print_json({"to": EMBEDDED if target == EMBEDDED else "database", "rows": moved.rows})
    else:
        print_line(f"Copied {sum(moved.rows.values())} rows of {len(moved.rows)} tables, all equal")
    if target == EMBEDDED:
        print_note("Unset DATABASE_URL, SECRET_KEY and ZWM_ENCRYPTION_KEYS to use it")
    else:
        print_note(
            "To use it, set DATABASE_URL, and SECRET_KEY and ZWM_ENCRYPTION_KEYS to the secrets in"
            " ZWM_HOME (secret_key, encryption_keys)"
        )


def _url_in(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise CommandError(f"{file} cannot be read: {reason}") from error
