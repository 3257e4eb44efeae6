"""zwm keys: the encryption keys of stored secrets."""

from typing import TYPE_CHECKING, Annotated

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.output import print_json, print_line, print_note, print_table

if TYPE_CHECKING:
    from workflow_mirror.customers.key_rotation import Unreadable

COMPLETED_WITH_ERRORS = 3

app = typer.Typer(
    help="The encryption keys of stored secrets.",
    no_args_is_help=True,
    epilog="Example: `zwm keys list`",
)
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@app.command("list")
def list_keys(*, as_json: Json = False) -> None:
    """List the keys, newest first, by fingerprint, and how many values need each of them.

    Example: `zwm keys list`
    """
    with mirror.opened():
        from workflow_mirror.customers.key_rotation import list_keys as keys

        found = keys()
    if as_json:
        print_json(
            {
                "source": "file" if found.is_file else "environment",
                "keys": [vars(key) for key in found.keys],
                "unreadable": [vars(one) for one in found.unreadable],
            }
        )
        return
    print_table(
        ("KEY", "USE", "VALUES"),
        (
            (key.fingerprint, "decrypts" if place else "encrypts, decrypts", key.values)
            for place, key in enumerate(found.keys)
        ),
    )
    _tell_unreadable(found.unreadable)


@app.command()
def rotate(*, as_json: Json = False) -> None:
    """Make a new key and re-encrypt every value with it. After an interruption, run it again.

    With ZWM_ENCRYPTION_KEYS, put the new key first on every host before. Exit code 3: some values
    cannot be decrypted with any key; they stay as they are.

    Example: `zwm keys rotate`
    """
    with mirror.opened():
        from workflow_mirror.customers.key_rotation import rotate as rotated

        done = rotated()
    if as_json:
        unreadable = [vars(one) for one in done.unreadable]
        print_json({"key": done.fingerprint, "reencrypted": done.values, "unreadable": unreadable})
    else:
        print_line(f"{done.values} values re-encrypted with key {done.fingerprint}")
        print_note("The old keys still decrypt: back up the new key, then zwm keys remove-old")
        _tell_unreadable(done.unreadable)
    if done.unreadable:
        raise typer.Exit(COMPLETED_WITH_ERRORS)


@app.command("remove-old")
def remove_old(*, as_json: Json = False) -> None:
    """Remove all keys but the newest. Refused while a value needs an older one.

    Example: `zwm keys remove-old`
    """
    with mirror.opened():
        from workflow_mirror.customers.key_rotation import list_keys as keys
        from workflow_mirror.customers.key_rotation import remove_old_keys

        removed, is_file = remove_old_keys(), keys().is_file
    if as_json:
        print_json({"removed": removed})
    elif is_file:
        print_line(f"{removed} old keys removed")
    else:
        print_line("No value needs the older keys")
        print_note("Remove them from ZWM_ENCRYPTION_KEYS on every host, and restart")


def _tell_unreadable(unreadable: "list[Unreadable]") -> None:
    for one in unreadable:
        print_note(
            f"{one.table}: no key decrypts the secret of {one.name};"
            " restore the key that is missing, or set the secret again"
        )
