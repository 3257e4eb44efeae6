"""A reference: one thing outside of a workflow that one place in its export names."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    FIELD = "field"
    OBJECT = "object"
    HOST = "host"
    URL = "url"
    EMAIL = "email"
    WORKFLOW = "workflow"
    CONSTANT = "constant"
    CREDENTIAL = "credential"
    FILE = "file"
    REPORT = "report"
    LAMBDA = "lambda"
    EVENT = "event"
    SECRET = "secret"  # noqa: S105 - the name of a kind


class Confidence(StrEnum):
    CERTAIN = "certain"
    """Its place in the export says what it is, or a parser does."""
    LIKELY = "likely"
    """Its shape says what it is, such as that of an e-mail address."""
    TEXT = "text"
    """It may be a mere word, such as `Order.Date` in a sentence."""


class Reference(NamedTuple):
    """`path` leads to its place in the task, or in the document where `task_zuora_id` is None.

    A field whose object is unknown has no dot in its name. A secret has no name.
    """

    kind: Kind
    name: str
    path: str
    confidence: Confidence
    task_zuora_id: str | None


type Found = tuple[Kind, str, Confidence]
"""What a text names; `path` is where the text stands."""


class Text(NamedTuple):
    """What free text is searched in: of a task, or of the workflow where its ID is None."""

    task_zuora_id: str | None
    text: str


class Extracted(NamedTuple):
    """`unparsed` is the number of texts that could be read by patterns only. `name` is the
    workflow's, folded as the texts are.
    """

    references: list[Reference]
    unparsed: int
    name: str
    texts: list[Text]
