"""The pages of notifications: one's own rules, the form, the test message, the delivery log."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.integration.web.conftest import ClientOf, MakeUser
from tests.integration.web.shown import shown
from workflow_mirror.access.groups import ADMINISTRATORS
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.customers.models import Customer
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.notifications.recommended import RECOMMENDED
from workflow_mirror.notifications.webhook import new_secret

LIST = reverse("admin:notifications_notificationrule_changelist")
ADD = reverse("admin:notifications_notificationrule_add")
LOG = reverse("admin:notifications_notificationdelivery_changelist")
TYPED: dict[str, Any] = {
    "name": "Mine", "is_enabled": "on", "events": ["deleted"], "stale_hours": "24",
    "all_customers": "on", "channel": "mail", "mail_to": "v@example.com", "frequency": "at_once",
    "digest_time": "08:00", "digest_weekday": "1", "timezone": "Europe/Rome",
}  # fmt: skip
URL = "https://hooks.example.com/a-token-of-the-receiver"


def url_of(rule: NotificationRule, action: str = "change") -> str:
    return reverse(f"admin:notifications_notificationrule_{action}", args=[rule.pk])


def test_a_user_makes_a_rule_and_sees_the_own_ones_only(
    viewer: Client, operator: Client, administrator: Client
) -> None:
    assert viewer.post(ADD, TYPED).status_code == 302
    rule = NotificationRule.objects.get()
    assert (rule.owner.username, rule.events) == ("vera", ["deleted"])
    assert "Mine" in shown(viewer, LIST)
    assert "Mine" not in shown(operator, LIST)
    assert operator.get(url_of(rule)).status_code == 404
    assert operator.post(url_of(rule, "turn_off")).status_code == 404
    everything = shown(administrator, LIST)
    assert "Mine" in everything
    assert "vera" in everything
    actions = AuditEvent.objects.filter(action__startswith="notification_rule")
    assert [event.action for event in actions] == ["notification_rule_added"]
    assert "example.com" not in str(actions.values())


def test_an_administrator_who_is_limited_sees_no_rules_of_others(
    viewer: Client, make_user: MakeUser, client_of: ClientOf, rossi: Customer
) -> None:
    viewer.post(ADD, TYPED)
    limited = client_of(make_user("lisa", ADMINISTRATORS, only=[rossi]))
    assert "Mine" not in shown(limited, LIST)
    assert limited.get(url_of(NotificationRule.objects.get())).status_code == 404


@pytest.mark.parametrize("name", RECOMMENDED)
def test_every_recommended_rule_is_offered_and_can_be_saved(
    administrator: Client, name: str
) -> None:
    User.objects.filter(username="ada").update(email="ada@example.com")
    assert f"?recommended={name}" in shown(administrator, LIST)
    form = administrator.get(f"{ADD}?recommended={name}").context["adminform"].form
    typed = TYPED | {key: str(value) for key, value in RECOMMENDED[name].values.items()}
    typed |= {"name": str(form.initial["name"]), "events": form.initial["events"]}
    assert administrator.post(ADD, typed | {"mail_to": form.initial["mail_to"]}).status_code == 302
    rule = NotificationRule.objects.get()
    assert set(rule.events) == set(RECOMMENDED[name].events)
    assert rule.mail_to == "ada@example.com"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"events": []}, "events"),
        ({"mail_to": ""}, "mail_to"),
        ({"mail_to": "a@example.com, b@example.com"}, "mail_to"),
        ({"mail_to": "a@example.com\r\nBcc: b@example.com"}, "mail_to"),
        ({"mail_to": "è@example.com"}, "mail_to"),
        ({"name": "two\x0blines"}, "name"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"all_customers": ""}, "customers"),
        ({"channel": "webhook"}, "new_url"),
        ({"channel": "webhook", "new_url": "https://127.0.0.1/"}, "new_url"),
        ({"channel": "webhook", "new_url": URL, "new_secret": "short"}, "new_secret"),
    ],
)
def test_a_wrong_value_is_an_error_at_its_field(
    administrator: Client, changes: dict[str, Any], field: str
) -> None:
    answer = administrator.post(ADD, {k: v for k, v in (TYPED | changes).items() if v != ""})
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert not NotificationRule.objects.exists()


def test_a_webhooks_url_and_secret_are_not_shown_and_kept_when_left_empty(
    administrator: Client,
) -> None:
    secret = new_secret()
    webhook = TYPED | {"channel": "webhook", "mail_to": "", "new_url": URL, "new_secret": secret}
    assert administrator.post(ADD, webhook).status_code == 302
    rule = NotificationRule.objects.get()
    page = shown(administrator, url_of(rule)) + shown(administrator, LIST)
    assert "hooks.example.com" in page
    assert "a-token-of-the-receiver" not in page
    assert "whsec_" not in page
    administrator.post(url_of(rule), webhook | {"name": "New", "new_url": "", "new_secret": ""})
    rule = NotificationRule.objects.get()
    assert (rule.name, rule.webhook_url, rule.webhook_secret) == ("New", URL, secret)


def test_the_audit_log_names_what_was_changed_in_a_rule_and_nothing_else(
    administrator: Client, rossi: Customer
) -> None:
    typed = TYPED | {"channel": "webhook", "mail_to": "", "new_url": URL}
    administrator.post(ADD, typed | {"new_secret": new_secret()})
    rule = NotificationRule.objects.get()
    kept = typed | {"new_url": "", "new_secret": ""}
    some = {name: value for name, value in kept.items() if name != "all_customers"}
    for changes in (
        kept | {"name": "New"},
        kept | {"name": "New"},
        some | {"name": "New", "customers": [rossi.pk]},
        some | {"name": "New", "customers": []},
    ):
        administrator.post(url_of(rule), changes)
    events = AuditEvent.objects.filter(action="notification_rule_changed").order_by("pk")
    changed = [event.details["changed"] for event in events]
    assert changed == [["name"], ["all_customers", "customers"]]


def test_a_viewer_makes_no_webhook(viewer: Client) -> None:
    assert 'value="webhook"' not in shown(viewer, ADD)
    webhook = TYPED | {"channel": "webhook", "new_url": URL, "new_secret": new_secret()}
    assert viewer.post(ADD, webhook).status_code == 200
    assert not NotificationRule.objects.exists()


def test_a_test_message_that_is_not_sent_says_why(viewer: Client) -> None:
    viewer.post(ADD, TYPED)
    rule = NotificationRule.objects.get()
    told = viewer.post(url_of(rule, "test"), follow=True).content.decode()
    assert "Test message not sent. No mail server is configured" in told
    assert "No mail server is configured" in shown(viewer, LIST)
    for _ in range(9):
        viewer.post(url_of(rule, "test"))
    told = viewer.post(url_of(rule, "test"), follow=True).content.decode()
    assert "10 test messages in the last hour" in told


def test_the_link_of_a_message_asks_before_it_turns_the_rule_off(viewer: Client) -> None:
    viewer.post(ADD, TYPED)
    rule = NotificationRule.objects.get()
    assert "No more messages of this rule?" in shown(viewer, url_of(rule, "turn_off"))
    rule.refresh_from_db()
    assert rule.is_enabled
    viewer.post(url_of(rule, "turn_off"))
    rule.refresh_from_db()
    assert not rule.is_enabled
    viewer.post(url_of(rule, "switch"))
    rule.refresh_from_db()
    assert rule.is_enabled


def test_the_delivery_log_shows_the_error_and_sends_again(viewer: Client, operator: Client) -> None:
    viewer.post(ADD, TYPED)
    delivery = NotificationDelivery.objects.create(
        rule=NotificationRule.objects.get(), state="failed", number=3, attempts=8,
        due_at=timezone.now(), error="The mail server refused the message: SMTP 550",
    )  # fmt: skip
    assert "SMTP 550" in shown(viewer, f"{LOG}?state=failed")
    assert "SMTP 550" not in shown(viewer, f"{LOG}?state=delivered")
    assert "SMTP 550" not in shown(operator, LOG)
    address = reverse("admin:notifications_notificationdelivery_resend", args=[delivery.pk])
    assert operator.post(address).status_code == 404
    told = viewer.post(address, follow=True).content.decode()
    assert "The message is queued." in told
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.error) == ("waiting", 0, "")


def test_a_rule_whose_customers_were_deleted_says_so(
    administrator: Client, rossi: Customer
) -> None:
    typed = {k: v for k, v in TYPED.items() if k != "all_customers"}
    assert administrator.post(ADD, typed | {"customers": [rossi.pk]}).status_code == 302
    assert "Its customers were deleted" not in shown(administrator, LIST)
    rossi.delete()
    assert "Its customers were deleted. Select others." in shown(administrator, LIST)
