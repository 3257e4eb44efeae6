"""Errors about notifications. Each message is one line for the user, without address or secret."""

from typing import ClassVar

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _
from workflow_mirror.outgoing.errors import SendingError


class NotificationError(SafeError):
    """Base of all."""


class UnknownRuleError(NotificationError):
    code = "unknown_notification_rule"
    template = _("There is no notification rule %(id)s; see zwm notify list")


class UnknownDeliveryError(NotificationError):
    code = "unknown_delivery"
    template = _("There is no delivery %(id)s; see zwm notify deliveries")


class NothingToResendError(NotificationError):
    """`status` is the label of the delivery's state."""

    code = "nothing_to_resend"
    template = _("Delivery %(id)s is %(status)s: there is nothing to send again")
    translated = ("status",)


class TooManyTestsError(NotificationError):
    code = "too_many_tests"
    template = _("%(number)s test messages in the last hour. Try again later")


# What a rule cannot be


class InvalidRuleError(NotificationError):
    """`column` is the field of the form that shows the error."""

    column: ClassVar[str] = "name"


class TooManyOwnRulesError(InvalidRuleError):
    code = "too_many_notification_rules"
    template = _("A user can have %(number)s notification rules. Delete one first")


class NameNotPrintableError(InvalidRuleError):
    code = "rule_name_not_printable"
    template = _("The name has a line break or another control character")


class NoEventsError(InvalidRuleError):
    code = "rule_without_events"
    column = "events"
    template = _("Select at least one event")


class NoMailAddressError(InvalidRuleError):
    code = "rule_without_mail_address"
    column = "mail_to"
    template = _("Enter an email address")


class MailAddressError(InvalidRuleError):
    code = "rule_mail_address"
    column = "mail_to"
    template = _("Enter one email address in ASCII, such as billing@example.com")


class QuietHoursError(InvalidRuleError):
    code = "rule_quiet_hours"
    column = "quiet_until"
    template = _("Quiet hours need a beginning and another end")


class RuleTimezoneError(InvalidRuleError):
    code = "rule_timezone"
    column = "timezone"
    template = _("Unknown time zone; use one like Europe/Rome")


class SigningSecretError(InvalidRuleError):
    code = "rule_signing_secret"
    column = "new_secret"
    template = _("The signing secret is whsec_ and 24 to 64 bytes in Base64")


# What a message can meet besides the errors of its request


class NoMailServerError(SendingError):
    code = "no_mail_server"
    template = _("No mail server is configured: set ZWM_SMTP_URL and ZWM_MAIL_FROM")
    is_temporary = True


class MailServerError(SendingError):
    """The server cannot be reached, or refuses everybody at the moment."""

    code = "mail_server"
    template = _("Mail server error: %(reason)s")
    is_temporary = True


class MailLogInError(NotificationError):
    """A reason of MailServerError."""

    code = "mail_log_in"
    template = _("user name or password rejected (SMTP %(status)s)")


class MailFeatureError(NotificationError):
    """A reason of MailServerError: what the URL asks for is not offered."""

    code = "mail_feature"
    template = _("the server does not support STARTTLS or this way to log in")


class MailRefusedError(SendingError):
    """A refusal of this recipient or message, which another attempt would meet again."""

    code = "mail_refused"
    template = _("The mail server refused the message: SMTP %(status)s")


class WebhookGoneError(SendingError):
    code = "webhook_gone"
    template = _("%(host)s answered HTTP 410 (gone): the rule was disabled")


class AttemptsLostError(SendingError):
    code = "delivery_attempts_lost"
    template = _("Every attempt was cut off; see the log")


class NoWebhookPermissionError(SendingError):
    code = "no_webhook_permission"
    template = _("The owner of the rule may not notify by webhook")


class NothingLeftError(SendingError):
    """The events are of deleted customers, or the owner may not see them any more."""

    code = "nothing_left_to_tell"
    template = _("The owner of the rule may not see any of the events")
