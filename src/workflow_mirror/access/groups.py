"""The three groups and their permissions, brought in line after every migration."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from workflow_mirror.access.audited_people import unrecorded

ADMINISTRATORS = "Administrators"
OPERATORS = "Operators"
VIEWERS = "Viewers"
BUILT_IN = (ADMINISTRATORS, OPERATORS, VIEWERS)

_MIRROR = Q(content_type__app_label__in=("customers", "workflows", "jobs", "schedules", "compare"))
# Everybody has rules of their own.
_OWN_RULES = Q(
    content_type__app_label="notifications",
    codename__in=(
        "view_notificationrule",
        "add_notificationrule",
        "change_notificationrule",
        "delete_notificationrule",
        "view_notificationdelivery",
    ),
)
_WEBHOOKS = Q(codename="webhook_notificationrule")
_RULES = Q(content_type__app_label="notifications")
_PEOPLE = Q(content_type__app_label="auth", content_type__model__in=("user", "group")) | Q(
    content_type__model="useraccess"  # in the app `web` until access.0001
)
_AUDIT = Q(content_type__app_label="audit")
_VIEW = _MIRROR & Q(codename__startswith="view_")
_OPERATE = Q(content_type__app_label="schedules") | Q(
    _MIRROR,
    codename__in=(
        "sync_customer",
        "check_customer",
        "retry_jobrun",
        "cancel_jobrun",
        "delete_jobrun",
        "manage_comparisons",
    ),
)
_PERMISSIONS = {
    VIEWERS: _VIEW | _OWN_RULES,
    OPERATORS: _VIEW | _OPERATE | _OWN_RULES | _WEBHOOKS,
    ADMINISTRATORS: _MIRROR | _PEOPLE | _AUDIT | _RULES,
}


@unrecorded()
@transaction.atomic
def make_groups(using: str = "default") -> None:
    """Idempotent. Put custom permissions in a separate group."""
    for name, wanted in _PERMISSIONS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set(Permission.objects.using(using).filter(wanted))
