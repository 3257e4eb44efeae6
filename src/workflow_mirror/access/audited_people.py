"""Changes of users, groups and permissions in the audit log, whoever makes them.

Django's forms and commands save these models themselves, so its signals are the one place that all
of them pass. `last_login` is a column that each log-in changes; log-ins have events of their own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from workflow_mirror.access.models import UserAccess
from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import names, record

_COLUMNS = {
    User: ("username", "first_name", "last_name", "email", "password", "is_active", "is_staff",
           "is_superuser"),
    Group: ("name",),
    UserAccess: ("all_customers",),
}  # fmt: skip
_ADDED = {User: Action.USER_ADDED, Group: Action.GROUP_ADDED}
_REMOVED = {User: Action.USER_REMOVED, Group: Action.GROUP_REMOVED}
_CHANGED = {User: Action.USER_CHANGED, Group: Action.GROUP_CHANGED, UserAccess: Action.USER_CHANGED}
_LISTS = (
    (User.groups.through, "groups"),
    (User.user_permissions.through, "permissions"),
    (Group.permissions.through, "permissions"),
    (UserAccess.customers.through, "customers"),
)
_LIST_CHANGES = {"post_add": "added", "post_remove": "removed", "post_clear": "cleared"}
_silent: ContextVar[bool] = ContextVar("silent", default=False)


def watch() -> None:
    """Connects the signals, once."""
    for model in _COLUMNS:
        pre_save.connect(_before, sender=model, dispatch_uid=f"{__name__}.before.{model}")
        post_save.connect(_after, sender=model, dispatch_uid=f"{__name__}.after.{model}")
    for model in _REMOVED:
        post_delete.connect(_removed, sender=model, dispatch_uid=f"{__name__}.removed.{model}")
    for through, what in _LISTS:
        handler: Callable[..., None] = partial(_list_changed, what)
        uid = f"{__name__}.list.{through}"
        m2m_changed.connect(handler, sender=through, weak=False, dispatch_uid=uid)


@contextmanager
def unrecorded() -> Iterator[None]:
    """For what every migration does, maybe before there is an audit log."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def _before(sender: type[Model], instance: Any, **options: Any) -> None:
    """Notes which columns are about to change."""
    if _silent.get() or options.get("raw"):
        return
    saved = options.get("update_fields")
    columns = [name for name in _COLUMNS[sender] if saved is None or name in saved]
    stored = instance.pk and columns and _stored(sender, instance.pk, columns)
    instance._audit_changed = [  # noqa: SLF001 - kept until it is saved
        name for name in columns if stored and stored[name] != getattr(instance, name)
    ]


def _stored(model: type[Model], pk: Any, columns: list[str]) -> dict[str, Any] | None:
    rows: Any = model._default_manager.filter(pk=pk)  # noqa: SLF001 - Django's documented name
    found: dict[str, Any] | None = rows.values(*columns).first()
    return found


def _after(sender: type[Model], instance: Any, *, created: bool, **options: Any) -> None:
    if _silent.get() or options.get("raw"):
        return
    if created and sender in _ADDED:
        record(_ADDED[sender], str(instance))
    elif changed := vars(instance).pop("_audit_changed", []):
        record(_CHANGED[sender], str(instance), changed=changed)
    elif created and instance.all_customers:
        record(_CHANGED[sender], str(instance), changed=["all_customers"])


def _removed(sender: type[Model], instance: Any, **_options: Any) -> None:
    record(_REMOVED[sender], str(instance))


def _list_changed(what: str, *, instance: Any, action: str, pk_set: Any, **signal: Any) -> None:
    """Groups of a user, permissions, customers: with the names of those added and removed."""
    word = _LIST_CHANGES.get(action)
    if _silent.get() or word is None or (word != "cleared" and not pk_set):
        return
    model = signal["model"]
    rows = list(model._default_manager.filter(pk__in=pk_set or ()))  # noqa: SLF001 - Django's documented name
    owners, others = (rows, [instance]) if signal["reverse"] and rows else ([instance], rows)
    for owner in owners:
        details: dict[str, Any] = {word: names(sorted(map(_name, others)))}
        record(
            _CHANGED.get(type(owner), Action.GROUP_CHANGED), str(owner), changed=[what], **details
        )


def _name(row: Any) -> str:
    return str(getattr(row, "codename", None) or row)
