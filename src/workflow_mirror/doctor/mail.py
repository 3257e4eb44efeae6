"""Whether the mail server of the notifications lets this host in. No message is sent."""

from collections.abc import Iterator

from django.conf import settings

from workflow_mirror.doctor.findings import Finding, failed, ok
from workflow_mirror.notifications.mail import try_log_in
from workflow_mirror.notifications.models import NotificationRule
from workflow_mirror.outgoing.errors import SendingError

TODO = "Check ZWM_SMTP_URL, the network and the firewall of this host, and the account"


def mail() -> Iterator[Finding]:
    if settings.ZWM_SMTP is None or not settings.ZWM_MAIL_FROM:
        yield _not_configured()
        return
    server = f"{settings.ZWM_SMTP.host}:{settings.ZWM_SMTP.port}"
    try:
        try_log_in()
    except SendingError as error:
        yield failed("mail", f"{server}: {error}", TODO)
    else:
        entered = "accepts the log-in" if settings.ZWM_SMTP.user else "answers"
        yield ok("mail", f"{server} {entered}")


def _not_configured() -> Finding:
    channel = NotificationRule.Channel.MAIL
    number = NotificationRule.objects.filter(channel=channel, is_enabled=True).count()
    if not number:
        return ok("mail", "No mail server is configured, and no notification rule needs one")
    text = f"No mail server is configured, but {number} notification rules send email"
    return failed("mail", text, "Set ZWM_SMTP_URL and ZWM_MAIL_FROM")
