"""The first administrator, created if there is no account yet."""

import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from workflow_mirror.access.groups import ADMINISTRATORS

USERNAME = "admin"


def has_users() -> bool:
    return get_user_model().objects.exists()


@transaction.atomic
def ensure_first_admin() -> str | None:
    """Make the user `admin` if there is no user at all, and return its password, once.

    Of two processes at once, one creates it.
    """
    administrators = Group.objects.select_for_update().get(name=ADMINISTRATORS)
    if has_users():
        return None
    password = secrets.token_urlsafe(16)
    admin = get_user_model().objects.create_superuser(username=USERNAME, password=password)
    admin.groups.add(administrators)
    return password


@transaction.atomic
def renew_admin() -> str:
    """Give the user `admin` a new password, and return it: for the demo, which tells it always."""
    password = ensure_first_admin()
    if password is None:
        password = secrets.token_urlsafe(16)
        admin = get_user_model().objects.get(username=USERNAME)
        admin.set_password(password)
        admin.save(update_fields=["password"])
    return password
