"""zwm users: the accounts that can log in to the web admin."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workflow_mirror.cli import mirror
from workflow_mirror.cli.completion import customer_names
from workflow_mirror.cli.output import (
    CommandError,
    WrongUseError,
    print_json,
    print_line,
    print_note,
    print_table,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LARGEST_PASSWORD_FILE = 4096  # characters

app = typer.Typer(
    help="The accounts of the web admin.",
    no_args_is_help=True,
    epilog="Example: `zwm users add ada --group Administrators --all-customers --link`",
)

Name = Annotated[str, typer.Argument(metavar="USERNAME", help="The account's username.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Read the password from the first line of a file. Default: prompt on a terminal.",
    ),
]
Link = Annotated[
    bool,
    typer.Option("--link", help="Print a one-time link with which the user sets the password."),
]
Site = Annotated[
    str,
    typer.Option("--url", help="Address of the web admin, for the link."),
]
DEFAULT_SITE = "http://127.0.0.1:8000"


@app.command("list")
def list_users(*, as_json: Json = False) -> None:
    """List the accounts with their groups and customers.

    Example: `zwm users list`
    """
    with mirror.opened():
        from workflow_mirror.access.accounts import accounts

        users = accounts()
    if as_json:
        print_json({"users": users})
        return
    print_table(
        ("USERNAME", "NAME", "ACTIVE", "GROUPS", "CUSTOMERS", "LAST LOG-IN"),
        (
            (
                user["username"],
                user["name"],
                "yes" if user["is_active"] else "no",
                ", ".join(user["groups"]) or "none",
                "all" if user["customers"] is None else ", ".join(user["customers"]) or "none",
                f"{user['last_login']:%Y-%m-%d %H:%M}" if user["last_login"] else "never",
            )
            for user in users
        ),
    )


@app.command()
def add(  # noqa: PLR0913 - one option a column
    name: Name,
    *,
    group: Annotated[
        list[str] | None,
        typer.Option(help="A group, such as Viewers. Repeat for more. Default: no permissions."),
    ] = None,
    customer: Annotated[
        list[str] | None,
        typer.Option(
            help="A customer that the user sees. Repeat for more. Default: none.",
            autocompletion=customer_names,
        ),
    ] = None,
    all_customers: Annotated[
        bool, typer.Option("--all-customers", help="The user sees all customers.")
    ] = False,
    email: Annotated[str, typer.Option(help="Email address.")] = "",
    password_file: PasswordFile = None,
    link: Link = False,
    url: Site = DEFAULT_SITE,
    as_json: Json = False,
) -> None:
    """Add an account. Without --customer or --all-customers it sees no customers.

    Example: `zwm users add ada --group Viewers --customer Rossi --link`
    """
    if customer and all_customers:
        raise WrongUseError("Use either --customer or --all-customers")
    password = None if link else _read_password(password_file)
    with mirror.opened():
        from workflow_mirror.access.accounts import add_user

        with _invalid_is_wrong_use():
            user = add_user(
                name,
                groups=group or (),
                customers=None if all_customers else customer or (),
                email=email,
                password=password,
            )
        _tell(user, f"{name} added", site=url if link else None, as_json=as_json)


@app.command()
def password(
    name: Name,
    *,
    password_file: PasswordFile = None,
    link: Link = False,
    url: Site = DEFAULT_SITE,
    as_json: Json = False,
) -> None:
    """Set a password, or print a one-time link with which the user sets it. The link expires.

    Example: `zwm users password ada --link --url https://mirror.example.com`
    """
    new = None if link else _read_password(password_file)
    with mirror.opened():
        from workflow_mirror.access.accounts import find_user, set_password

        user = find_user(name)
        if new is not None:
            with _invalid_is_wrong_use():
                set_password(user, new)
        said = f"Link for {name} made" if link else f"Password of {name} changed"
        _tell(user, said, site=url if link else None, as_json=as_json)


@app.command()
def deactivate(name: Name, *, as_json: Json = False) -> None:
    """Deactivate an account: the user cannot log in, and open sessions end.

    Example: `zwm users deactivate ada`
    """
    _set_active(name, is_active=False, as_json=as_json)


@app.command()
def activate(name: Name, *, as_json: Json = False) -> None:
    """Activate a deactivated account.

    Example: `zwm users activate ada`
    """
    _set_active(name, is_active=True, as_json=as_json)


@app.command("reset-two-factor")
def reset_two_factor(name: Name, *, as_json: Json = False) -> None:
    """Turn two-factor authentication off for a user who has lost phone and recovery codes.

    Example: `zwm users reset-two-factor ada`
    """
    with mirror.opened():
        from workflow_mirror.access.accounts import find_user, remove_second_factor

        user = find_user(name)
        remove_second_factor(user)
        _tell(user, f"Two-factor authentication of {name} turned off", as_json=as_json)


def _set_active(name: str, *, is_active: bool, as_json: bool) -> None:
    with mirror.opened():
        from workflow_mirror.access.accounts import find_user, set_active

        user = find_user(name)
        set_active(user, is_active=is_active)
        _tell(user, f"{name} {'activated' if is_active else 'deactivated'}", as_json=as_json)


def _tell(user: "User", said: str, *, site: str | None = None, as_json: bool) -> None:
    """The link goes to standard output: it is what was asked for."""
    from workflow_mirror.access.accounts import describe
    from workflow_mirror.access.log_in_links import make_link

    link = None if site is None else make_link(user, site)
    if as_json:
        answer: dict[str, Any] = {"user": describe(user)}
        print_json(answer | ({"link": link} if link else {}))
        return
    if link is None:
        print_line(said)
        return
    print_note(f"{said}. The link works once, within 24 hours:")
    print_line(link)


@contextmanager
def _invalid_is_wrong_use() -> Iterator[None]:
    """An invalid name, email address or password is wrong use."""
    from workflow_mirror.access.errors import InvalidUserError

    try:
        yield
    except InvalidUserError as error:
        raise WrongUseError(str(error)) from error


def _read_password(file: Path | None) -> str:
    if file is not None:
        new = _first_line(file)
    elif sys.stdin.isatty():
        new = getpass.getpass("Password: ", stream=sys.stderr)
        if new != getpass.getpass("Password again: ", stream=sys.stderr):
            raise WrongUseError("The two passwords are not the same")
    else:
        raise WrongUseError("No terminal to prompt for the password: use --password-file or --link")
    if not new:
        raise WrongUseError("The password is empty")
    return new


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.readline(LARGEST_PASSWORD_FILE).rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise WrongUseError(f"{file} is not a text file") from error
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from error
