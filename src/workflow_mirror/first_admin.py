"""The first administrator, created if there is no account yet."""

import secrets

from django.contrib.auth.models import Group, User
from django.db import transaction

from workflow_mirror.access.groups import ADMINISTRATORS

USERNAME = "admin"


@transaction.atomic
def ensure_first_admin() -> User | None:
    """Create the user `admin`, without a password, if there is no user at all.

    Of two processes at once, one creates it.
    """
    administrators = Group.objects.select_for_update().get(name=ADMINISTRATORS)
    if User.objects.exists():
        return None
    admin = User.objects.create_superuser(username=USERNAME)
    admin.groups.add(administrators)
    return admin


@transaction.atomic
def renew_admin() -> str:
    """Give the user `admin` a new password, and return it: only the demo shows a password."""
    admin = ensure_first_admin() or User.objects.get(username=USERNAME)
    password = secrets.token_urlsafe(16)
    admin.set_password(password)
    admin.save(update_fields=["password"])
    return password
