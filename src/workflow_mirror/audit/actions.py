"""What the audit log records. A package may add actions; stored codes are never reused."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Action(TextChoices):
    LOGGED_IN = "logged_in", _("Log-in")
    LOGGED_OUT = "logged_out", _("Log-out")
    CUSTOMER_ADDED = "customer_added", _("Customer added")
    CUSTOMER_CHANGED = "customer_changed", _("Customer changed")
    CUSTOMER_REMOVED = "customer_removed", _("Customer removed")
    CREDENTIALS_CHECKED = "credentials_checked", _("Credentials checked")
    SYNC_REQUESTED = "sync_requested", _("Sync requested")
    EXPORTS_RETRIED = "exports_retried", _("Failed exports retried")
    JOB_CANCELLED = "job_cancelled", _("Job cancelled")
    JOB_RETRIED = "job_retried", _("Job retried")
    JOB_DELETED = "job_deleted", _("Job deleted")
    FAILED_JOBS_DELETED = "failed_jobs_deleted", _("Failed jobs deleted")
    QUEUE_CLEARED = "queue_cleared", _("Queue cleared")
    SCHEDULE_ADDED = "schedule_added", _("Schedule added")
    SCHEDULE_CHANGED = "schedule_changed", _("Schedule changed")
    SCHEDULE_ENABLED = "schedule_enabled", _("Schedule enabled")
    SCHEDULE_DISABLED = "schedule_disabled", _("Schedule disabled")
    SCHEDULE_REMOVED = "schedule_removed", _("Schedule removed")
    RULE_ADDED = "rule_added", _("Comparison rule added")
    RULE_REMOVED = "rule_removed", _("Comparison rule removed")
    WORKFLOWS_LINKED = "workflows_linked", _("Workflows linked")
    WORKFLOWS_UNLINKED = "workflows_unlinked", _("Workflow link removed")
    TEMPLATE_SET = "template_set", _("Template set")
    TEMPLATE_REMOVED = "template_removed", _("Template removed")
    USER_ADDED = "user_added", _("User added")
    USER_CHANGED = "user_changed", _("User changed")
    USER_REMOVED = "user_removed", _("User removed")
    GROUP_ADDED = "group_added", _("Group added")
    GROUP_CHANGED = "group_changed", _("Group changed")
    GROUP_REMOVED = "group_removed", _("Group removed")
    LINK_MADE = "link_made", _("One-time link made")
    TWO_FACTOR_ON = "two_factor_on", _("Two-factor turned on")
    TWO_FACTOR_OFF = "two_factor_off", _("Two-factor turned off")
    SECRETS_REVEALED = "secrets_revealed", _("Secrets revealed")
    EXPORT_DOWNLOADED = "export_downloaded", _("Export downloaded")
    EXPORTS_DOWNLOADED = "exports_downloaded", _("Exports downloaded")
    BACKUP_STARTED = "backup_started", _("Backup started")
    KEYS_ROTATED = "keys_rotated", _("Encryption keys rotated")
    KEYS_REMOVED = "keys_removed", _("Encryption keys removed")


class Outcome(TextChoices):
    """`REFUSED`: without permission or with wrong values; nothing was done."""

    DONE = "done", _("done")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")
