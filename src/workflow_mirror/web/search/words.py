"""Words for what the search finds, and one line about each key."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from workflow_mirror.references.query import KEYS, KeyValue

KINDS: dict[str, Promise] = {
    "field": _("Field"),
    "object": _("Object"),
    "host": _("Host"),
    "url": _("URL"),
    "email": _("E-mail address"),
    "workflow": _("Workflow"),
    "constant": _("Constant"),
    "credential": _("Credential"),
    "file": _("File"),
    "report": _("Report"),
    "lambda": _("Lambda function"),
    "event": _("Event"),
    "secret": _("Secret"),
    "text": _("Text"),
    "type": _("Task type"),
    "name": _("Name"),
}
CONFIDENCE: dict[str, Promise] = {
    "certain": pgettext_lazy("confidence", "certain"),
    "likely": pgettext_lazy("confidence", "likely"),
    "text": pgettext_lazy("confidence", "in text"),
}
CONFIDENCE_HELP: dict[str, Promise] = {
    "certain": _("The place in the export, or a parser, says what it is."),
    "likely": _("Its form says what it is, such as that of an e-mail address."),
    "text": _("Found in a text, which may mean something else."),
}
KEY_HELP: dict[str, Promise] = {
    "field": _("Uses of a field. Without an object, of any object."),
    "object": _("Uses of an object."),
    "host": _("Calls of a host and its subdomains."),
    "url": _("URLs that contain the value."),
    "email": _("An address, a domain (@example.com) or a mailbox (billing@)."),
    "workflow": _("What calls a workflow, by its Zuora ID or whole name."),
    "constant": _("Uses of a global constant."),
    "credential": _("Uses of a stored credential."),
    "file": _("Uses of a file, by its whole name."),
    "report": _("Uses of a report."),
    "lambda": _("Calls of a Lambda function."),
    "event": _("Events that a workflow reacts to or sends."),
    "type": _("Tasks of a type, or of a part of it: Upload finds Upload::SFTP."),
    "customer": _("Workflows of a customer."),
    "state": _("Workflows that are active, inactive, or deleted in Zuora."),
    "has": _("What has references of a kind: secret finds where passwords are."),
}


def key_rows() -> list[tuple[str, Promise]]:
    """An example of each key, and what it finds."""
    return [(str(KeyValue(key, key.example)), KEY_HELP[key.name]) for key in KEYS]
