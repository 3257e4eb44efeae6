"""The time zone in the forms of schedules and notification rules."""

import pytest
from django.test import Client
from django.urls import reverse

from workflow_mirror.notifications.models import NotificationRule
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.web.kit.timezone import choices

MODELS = {"schedules_schedule": Schedule, "notifications_notificationrule": NotificationRule}
ONE_OF_BOTH = pytest.mark.parametrize("name", MODELS)
UNLISTED = "CET"


@ONE_OF_BOTH
def test_a_new_object_starts_with_the_time_zone_of_its_user(
    administrator: Client, name: str
) -> None:
    administrator.cookies["timezone"] = "Asia/Tokyo"
    form = administrator.get(reverse(f"admin:{name}_add")).context["adminform"].form
    assert form["timezone"].value() == "Asia/Tokyo"


@ONE_OF_BOTH
def test_a_time_zone_that_is_not_in_the_list_is_kept(administrator: Client, name: str) -> None:
    assert UNLISTED not in dict(choices())
    user = int(administrator.session["_auth_user_id"])
    owner = {"owner_id": user, "events": ["deleted"]} if name.startswith("notifications") else {}
    one = MODELS[name].objects.create(name="Of CET", timezone=UNLISTED, **owner)  # type: ignore[attr-defined]  # both have objects
    form = (
        administrator.get(reverse(f"admin:{name}_change", args=[one.pk])).context["adminform"].form
    )
    assert form["timezone"].value() == UNLISTED
    assert f'<option value="{UNLISTED}" selected>' in str(form["timezone"])
    assert form.fields["timezone"].clean(UNLISTED) == UNLISTED
