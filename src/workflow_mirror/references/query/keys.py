"""The keys of the query language: `key:value`.

docs/reference/search.md describes every key; a test compares it with this list.
"""

from dataclasses import dataclass
from enum import Enum, auto

KINDS = (
    "field",
    "object",
    "host",
    "url",
    "email",
    "workflow",
    "constant",
    "credential",
    "file",
    "report",
    "lambda",
    "event",
    "secret",
)
"""The kinds of references that the index holds."""


class Rule(Enum):
    """How a value is compared with a name; see matching.py."""

    WHOLE = auto()
    FIELD = auto()
    HOST = auto()
    EMAIL = auto()
    PART = auto()
    TYPE = auto()
    CUSTOMER = auto()
    CHOICE = auto()


@dataclass(frozen=True)
class Key:
    """`name` is also the kind of the references that a key with `is_kind` searches.

    `choices` are all values that a key of the rule CHOICE accepts.
    """

    name: str
    example: str
    rule: Rule = Rule.WHOLE
    is_kind: bool = True
    choices: tuple[str, ...] = ()


ALL = (
    Key("field", "Account.Region__c", Rule.FIELD),
    Key("object", "Account"),
    Key("host", "erp.example.com", Rule.HOST),
    Key("url", "/v1/invoices", Rule.PART),
    Key("email", "@old.example.com", Rule.EMAIL),
    Key("workflow", "4711"),
    Key("constant", "ERP_HOST"),
    Key("credential", "ERP"),
    Key("file", "Invoice__*.csv"),
    Key("report", "Aging"),
    Key("lambda", "tax-lookup"),
    Key("event", "Invoice Posted"),
    Key("type", "Callout", Rule.TYPE, is_kind=False),
    Key("customer", "Acme S.p.A.", Rule.CUSTOMER, is_kind=False),
    Key("state", "active", Rule.CHOICE, is_kind=False, choices=("active", "inactive", "deleted")),
    Key("has", "secret", Rule.CHOICE, is_kind=False, choices=KINDS),
)
BY_NAME = {key.name: key for key in ALL}
