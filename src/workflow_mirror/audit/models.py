from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workflow_mirror.audit.actions import Action, Outcome


class AuditEvent(models.Model):
    """Who did what. Rows are only added: a trigger refuses UPDATE, DELETE and TRUNCATE.

    Nothing refers to other rows, so that events outlive what they are about. `target` and `details`
    hold no secrets: of a changed value only the name of its column.
    """

    happened_at = models.DateTimeField(_("time"), default=timezone.now)
    actor = models.TextField(_("who"))
    address = models.TextField(_("IP address"), blank=True, default="")
    action = models.TextField(_("action"))
    target = models.TextField(_("target"), blank=True, default="")
    # Where the event is about one customer; its row may be gone.
    customer_id = models.BigIntegerField(null=True)
    outcome = models.TextField(_("outcome"), default=Outcome.DONE)
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        db_table = "audit_events"
        default_permissions = ("view",)
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        indexes = (
            models.Index(fields=("happened_at", "id"), name="audit_events_time"),
            models.Index(fields=("actor", "happened_at", "id"), name="audit_events_actor"),
            models.Index(fields=("action", "happened_at", "id"), name="audit_events_action"),
        )

    def __str__(self) -> str:
        return f"{self.happened_at:%Y-%m-%d %H:%M} {self.actor} {self.action}"

    @property
    def action_label(self) -> str:
        """In the user's language; the code of an action that this version does not know."""
        return str(Action(self.action).label) if self.action in Action else self.action

    @property
    def outcome_label(self) -> str:
        return str(Outcome(self.outcome).label) if self.outcome in Outcome else self.outcome
