"""The lists of users and groups as rows of files."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflow_mirror.access.scope import is_limited
from workflow_mirror.web.kit.file_columns import FileColumn, field, time, yes_or_no


def _groups(user: Any) -> str:
    return ", ".join(group.name for group in user.groups.all())


def _access(user: Any) -> str:
    if not is_limited(user):
        return capfirst(gettext("all customers"))
    return ", ".join(user.customer_names)


USERS = (
    field("username", _("username")),
    FileColumn(_("name"), lambda user: user.get_full_name()),
    field("email", _("e-mail address")),
    FileColumn(_("groups"), _groups),
    FileColumn(_("access"), _access),
    yes_or_no("is_active", _("active")),
    time("last_login", _("last log-in")),
    time("date_joined", _("created")),
)
GROUPS = (field("name", _("name")),)
