"""Forms that set a password. Django's save every column of the user with it, and so could make a
user active again who is deactivated while the new password is hashed.
"""

from typing import Any

from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.forms import Form
from unfold.forms import AdminOwnPasswordChangeForm, AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminPasswordWidget


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


class NewPasswordForm(_SavesPasswordAlone, SetPasswordForm[User]):
    """For a user who has opened a one-time link."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})


class NoPasswordForm(Form):
    """For a one-time link without local log-in: there is nothing to fill in."""

    def __init__(self, user: User, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.user = user

    def save(self) -> User:
        return self.user
