"""Local accounts: what `zwm users` does. A new account sees no customer unless told otherwise."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from workflow_mirror.access.customers import find_customers
from workflow_mirror.access.errors import (
    InvalidUserError,
    UnknownGroupError,
    UnknownUserError,
    UserExistsError,
)
from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.people import users_in
from workflow_mirror.access.scope import EVERYTHING, is_limited


def accounts() -> list[dict[str, Any]]:
    """By username, as `zwm users list --json` prints them."""
    return [describe(user) for user in users_in(EVERYTHING).order_by("username")]


def describe(user: User) -> dict[str, Any]:
    """`customers` is None for a user who sees all customers."""
    names = [] if not hasattr(user, "access") else user.access.customers.order_by("name")
    return {
        "username": user.username,
        "name": user.get_full_name(),
        "email": user.email,
        "is_active": user.is_active,
        "has_password": user.has_usable_password(),
        "two_factor": has_second_factor(user),
        "groups": sorted(group.name for group in user.groups.all()),
        "customers": [one.name for one in names] if is_limited(user) else None,
        "last_login": user.last_login,
        "created_at": user.date_joined,
    }


def find_user(username: str) -> User:
    """Raises UnknownUserError."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise UnknownUserError(name=username)
    return user


@transaction.atomic
def add_user(
    username: str,
    *,
    groups: Sequence[str] = (),
    customers: Sequence[str] | None = (),
    email: str = "",
    password: str | None = None,
) -> User:
    """Create an account; `customers` None means all, also future ones. Without a password, only a
    one-time link lets the user in.

    Raises AccountError and UnknownCustomerError; nothing is created then.
    """
    user = User(username=username, email=email, is_staff=True)
    _give_password(user, password)
    with _readable_reasons():
        user.full_clean(exclude=["password"], validate_unique=False)
    known = find_groups(groups)
    chosen = find_customers(EVERYTHING, list(customers or ()))
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise UserExistsError(name=username) from error
    user.groups.set(known)
    access = UserAccess.objects.create(user=user, all_customers=customers is None)
    access.customers.set(chosen)
    return user


def find_groups(names: Sequence[str]) -> list[Group]:
    """Raises UnknownGroupError naming the missing."""
    found = list(Group.objects.filter(name__in=names))
    missing = set(names) - {group.name for group in found}
    if missing:
        raise UnknownGroupError(sorted(missing))
    return found


def set_password(user: User, password: str) -> None:
    """Ends the sessions of the user. Raises InvalidUserError for a weak password."""
    _give_password(user, password)
    user.save(update_fields=["password"])


def set_active(user: User, *, is_active: bool) -> None:
    """A deactivated user cannot log in; open sessions end at their next request."""
    user.is_active = is_active
    user.save(update_fields=["is_active"])


def usernames_like(beginning: str) -> set[str]:
    """Those that begin so, in whichever case."""
    found = User.objects.filter(username__istartswith=beginning)
    return set(found.values_list("username", flat=True))


def hold_users() -> None:
    """Until the transaction ends, nobody else adds a user or changes one; all may read."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE auth_user IN SHARE ROW EXCLUSIVE MODE")


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def use_up_code(user: User, code: str) -> None:
    """A code of the second factor that has been accepted cannot be used again."""
    key = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    key.wrap().validate_code(code)


def remove_second_factor(user: User) -> None:
    """For a user who has lost phone and recovery codes. The password alone lets in afterwards."""
    Authenticator.objects.filter(user=user).delete()


def _give_password(user: User, password: str | None) -> None:
    if password is not None:
        with _readable_reasons():
            validate_password(password, user)
    user.set_password(password)


@contextmanager
def _readable_reasons() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise InvalidUserError(error.messages) from error
