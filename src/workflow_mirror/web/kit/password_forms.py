"""Forms that set a password. Django's save every column of the user with it, and so could make a
user active again who is deactivated while the new password is hashed.
"""

from typing import Any

from django.contrib.auth.models import User
from unfold.forms import AdminOwnPasswordChangeForm, AdminPasswordChangeForm


class _SavesPasswordAlone:
    def set_password_and_save(
        self,
        user: User,
        *args: Any,
        commit: bool = True,
        **options: Any,
    ) -> User:
        user = super().set_password_and_save(user, *args, commit=False, **options)  # type: ignore[misc]  # the form's
        if commit:
            user.save(update_fields=["password"])
        return user


class PasswordForm(_SavesPasswordAlone, AdminPasswordChangeForm):
    """For the password of any user."""


class OwnPasswordForm(_SavesPasswordAlone, AdminOwnPasswordChangeForm):
    """For the user's own password, which needs the old one."""
