"""One-time links and two-factor authentication in the audit log, whoever changes them."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models.signals import post_delete, post_save

from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import record


def watch() -> None:
    """Connects the signals, once. Recovery codes come and go with the second factor."""
    post_save.connect(_saved, sender=Authenticator, dispatch_uid=f"{__name__}.saved")
    post_delete.connect(_deleted, sender=Authenticator, dispatch_uid=f"{__name__}.deleted")


def _saved(instance: Any, *, created: bool, **_signal: object) -> None:
    if created and instance.type == Authenticator.Type.TOTP:
        record(Action.TWO_FACTOR_ON, instance.user.get_username())


def _deleted(instance: Any, **_signal: object) -> None:
    if instance.type == Authenticator.Type.TOTP:
        record(Action.TWO_FACTOR_OFF, instance.user.get_username())
