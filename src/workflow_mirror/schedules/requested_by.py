"""Who requested a job, as a user may read it.

Jobs of a schedule are stored as requested by "schedule NAME". The name may be that of a schedule
for other customers, too, which a limited user must not learn.
"""

from typing import Any

from django.db.models import Case, F, QuerySet, TextField, Value, When
from django.db.models.functions import Concat
from django.utils.translation import gettext

from workflow_mirror.access.scope import Scope
from workflow_mirror.schedules.scoped import schedules_in

SCHEDULE = "schedule "
"""No username begins so: usernames have no spaces."""


def with_requester(requests: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    """Jobs or batches with `requester`, the text to show and to search instead of `requested_by`.

    Names only the schedules in the scope as they are now.
    """
    requester: Any = F("requested_by")
    if scope.is_limited:
        names = schedules_in(scope).order_by().values_list(Concat(Value(SCHEDULE), "name"))
        requester = Case(
            When(requested_by__in=names, then=requester),
            When(requested_by__startswith=SCHEDULE, then=Value(gettext("a schedule"))),
            default=requester,
            output_field=TextField(),
        )
    found: QuerySet[Any] = requests.annotate(requester=requester)
    return found
