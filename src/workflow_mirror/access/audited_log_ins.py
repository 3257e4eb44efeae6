"""One-time links and two-factor authentication in the audit log, whoever changes them."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models.signals import post_delete, post_save

from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import record


def watch() -> None:
    """Connects the signals, once."""
    post_save.connect(_saved, sender=Authenticator, dispatch_uid=f"{__name__}.saved")
    post_delete.connect(_deleted, sender=Authenticator, dispatch_uid=f"{__name__}.deleted")


def _saved(instance: Any, *, created: bool, update_fields: Any, **_signal: object) -> None:
    if action := _action(instance.type, is_new=created, is_whole=update_fields is None):
        name = instance.user.get_username()
        is_log_in = action == Action.RECOVERY_CODE_USED  # by a user who is not logged in yet
        record(action, name, actor=name if is_log_in else None)


def _action(type_: str, *, is_new: bool, is_whole: bool) -> Action | None:
    """Allauth saves a whole row to mark a recovery code as used, and single columns to note that
    codes were viewed or a factor was used.
    """
    if type_ == Authenticator.Type.RECOVERY_CODES:
        if is_new:
            return Action.RECOVERY_CODES_MADE
        return Action.RECOVERY_CODE_USED if is_whole else None
    return Action.TWO_FACTOR_ON if is_new else None


def _deleted(instance: Any, **_signal: object) -> None:
    if instance.type == Authenticator.Type.TOTP:
        record(Action.TWO_FACTOR_OFF, instance.user.get_username())
