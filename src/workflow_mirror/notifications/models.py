"""Rules, the events that they are about, and the messages that they send.

The database's triggers write the events (migration 0001), in the transaction of the change itself.
`sorting` gives them to rules as items, `packing` makes messages of items, `delivering` sends them.
"""

from datetime import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.encryption import EncryptedTextField
from workflow_mirror.customers.models import Customer
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.saving import SavesChanges

if TYPE_CHECKING:
    from workflow_mirror.errors import Coded


class NotificationRule(SavesChanges):
    """Who is told of which events, how and when.

    Messages are in the language of the owner, who gets only what the owner may see.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", _("email")
        WEBHOOK = "webhook", _("webhook")

    class Frequency(models.TextChoices):
        AT_ONCE = "at_once", _("at once")
        HOURLY = "hourly", _("hourly digest")
        DAILY = "daily", _("daily digest")
        WEEKLY = "weekly", _("weekly digest")

    class Weekday(models.IntegerChoices):
        """As cron counts."""

        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notification_rules",
        verbose_name=_("owner"),
    )
    name = models.CharField(_("name"), max_length=100)
    # Names of events.EVENTS.
    events = ArrayField(models.TextField(), verbose_name=_("events"))
    stale_hours = models.PositiveIntegerField(_("out of date after (hours)"), default=24)
    all_customers = models.BooleanField(_("all customers"), default=True)
    customers = models.ManyToManyField(
        Customer, blank=True, related_name="+", verbose_name=_("customers")
    )
    channel = models.TextField(_("channel"), choices=Channel, default=Channel.MAIL)
    mail_to = models.EmailField(_("email address"), blank=True, default="")
    # A webhook's URL often holds a token.
    webhook_url = EncryptedTextField(blank=True, default="")
    webhook_secret = EncryptedTextField(blank=True, default="")
    frequency = models.TextField(_("frequency"), choices=Frequency, default=Frequency.AT_ONCE)
    digest_time = models.TimeField(_("digest at"), default=time(8))
    digest_weekday = models.IntegerField(
        _("weekly digest on"), choices=Weekday, default=Weekday.MONDAY
    )
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    # Both or neither; from the evening to the next morning where `from` is later.
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    # Events from before are not told.
    enabled_at = models.DateTimeField(editable=False, db_default=Now())
    # Why the last message could not be sent; "" after one was.
    error = models.TextField(blank=True, default="", editable=False)
    error_details: "models.JSONField[Coded | None]" = models.JSONField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "notification_rules"
        ordering = ("name", "pk")
        verbose_name = _("notification rule")
        verbose_name_plural = _("notifications")
        permissions = (
            ("manage_notificationrule", "Can manage the notification rules of all users"),
            ("webhook_notificationrule", "Can notify by webhook"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class NotificationEvent(models.Model):
    """Something that happened: the outbox that the database's triggers fill.

    A row that is not sorted has not been given to rules yet.
    """

    kind = models.TextField()
    at = models.DateTimeField()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+")
    # Deleted only together with the customer.
    change = models.ForeignKey(
        WorkflowChange,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # What cannot be looked up later: the error of a job, the reason of a rejection.
    facts: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict, db_default={})
    created_at = models.DateTimeField(db_default=Now())
    is_sorted = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "notification_events"
        default_permissions = ()
        indexes = (
            models.Index(
                fields=("id",), condition=models.Q(is_sorted=False), name="notification_unsorted"
            ),
            models.Index(fields=("created_at",), name="notification_events_created"),
        )

    def __str__(self) -> str:
        return self.kind


class NotificationDelivery(models.Model):
    """One message, and what became of it. `key` names it to the receiver, in every attempt."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    key = models.UUIDField(default=uuid4, unique=True)
    rule = models.ForeignKey(
        NotificationRule,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("rule"),
    )
    is_test = models.BooleanField(default=False)
    state = models.TextField(_("status"), choices=State, default=State.WAITING)
    number = models.PositiveIntegerField(_("events"), default=0)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # While it waits: the next attempt, or when one that is being made counts as lost.
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    ended_at = models.DateTimeField(_("finished"), null=True)
    error = models.TextField(_("error"), blank=True, default="")
    error_details: "models.JSONField[Coded | None]" = models.JSONField(null=True)

    class Meta:
        db_table = "notification_deliveries"
        ordering = ("-pk",)
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        default_permissions = ("view",)
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=models.Q(state="waiting"),
                name="notification_due",
            ),
        )

    def __str__(self) -> str:
        return _("delivery %(id)s") % {"id": self.pk}


class NotificationItem(models.Model):
    """An event that a rule tells, once; without a delivery until it is in a message."""

    rule = models.ForeignKey(NotificationRule, on_delete=models.CASCADE, related_name="items")
    event = models.ForeignKey(NotificationEvent, on_delete=models.CASCADE, related_name="items")
    delivery = models.ForeignKey(
        NotificationDelivery, on_delete=models.CASCADE, null=True, related_name="items"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "notification_items"
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("rule", "event"), name="notification_items_once"),
        )
        indexes = (
            models.Index(
                fields=("rule", "created_at"),
                condition=models.Q(delivery=None),
                name="notification_unpacked",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.event_id}"


class NotificationAlarm(models.Model):
    """A condition that a rule has told and that is not over: a stale mirror, no worker."""

    rule = models.ForeignKey(NotificationRule, on_delete=models.CASCADE, related_name="alarms")
    kind = models.TextField()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+")
    since = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "notification_alarms"
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "kind", "customer"),
                name="notification_alarms_once",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return self.kind
