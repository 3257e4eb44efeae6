"""Limits the requests for earlier versions: ZWM_EARLIER_VERSIONS_PER_DAY per customer and UTC day.

What was spent is stored, so that all hosts and all restarts count together.
"""

from datetime import UTC, date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from workflow_mirror.customers.models import Customer
from workflow_mirror.history.earlier.models import Spending


def left(customer: Customer) -> int:
    """The number of requests that are allowed today."""
    spent = Spending.objects.filter(customer=customer, day=_today()).values_list("requests").first()
    return max(0, settings.ZWM_EARLIER_VERSIONS_PER_DAY - (spent[0] if spent else 0))


@transaction.atomic
def take(customer: Customer, wanted: int) -> int:
    """Spend up to `wanted` requests before they are sent; returns how many are allowed."""
    today = _today()
    spending, _ = Spending.objects.select_for_update().get_or_create(
        customer=customer, defaults={"day": today}
    )
    if spending.day != today:
        spending.day, spending.requests = today, 0
    allowed = max(0, min(wanted, settings.ZWM_EARLIER_VERSIONS_PER_DAY - spending.requests))
    spending.requests += allowed
    spending.save()
    return allowed


def correct(customer: Customer, more: int) -> None:
    """Spend the requests that came on top, such as retries; negative: return unused ones."""
    Spending.objects.filter(customer=customer, day=_today()).update(
        requests=Greatest(F("requests") + more, 0)
    )


def _today() -> date:
    return datetime.now(UTC).date()
