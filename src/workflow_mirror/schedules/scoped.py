"""The schedules within a scope.

A limited user sees only schedules whose customers are all in the scope. A schedule for all
customers, or with a customer outside of the scope, does not exist for that user: its name, times
and customers reveal the others, and switching or running it would act on them.
"""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from workflow_mirror.access.scope import Scope
from workflow_mirror.schedules.errors import UnknownScheduleError
from workflow_mirror.schedules.models import Schedule


def schedules_in(scope: Scope) -> QuerySet[Schedule]:
    """A schedule without customers is visible to unrestricted users only."""
    schedules = Schedule.objects.all()
    if scope.customer_ids is None:
        return schedules
    chosen = Schedule.customers.through.objects.filter(schedule=OuterRef("pk"))
    foreign = chosen.exclude(customer__in=scope.customer_ids)
    return schedules.filter(Exists(chosen), ~Exists(foreign), all_customers=False)


def schedules_of(scope: Scope, customer_id: int) -> QuerySet[Schedule]:
    """The schedules that sync this customer while it is active."""
    chosen = Schedule.customers.through.objects.filter(
        schedule=OuterRef("pk"), customer=customer_id
    )
    return schedules_in(scope).filter(Q(all_customers=True) | Exists(chosen))


def with_customer_names(schedules: QuerySet[Schedule]) -> QuerySet[Schedule]:
    """Schedules with `customer_names`, those of the customers that were selected."""
    chosen = Schedule.customers.through.objects.filter(schedule=OuterRef("pk"))
    names = chosen.order_by("customer__name").values("customer__name")
    return schedules.annotate(customer_names=ArraySubquery(names))


def find_schedule(scope: Scope, name: str) -> Schedule:
    """Raises UnknownScheduleError."""
    schedule = schedules_in(scope).filter(name=name).first()
    if schedule is None:
        raise UnknownScheduleError(name)
    return schedule
