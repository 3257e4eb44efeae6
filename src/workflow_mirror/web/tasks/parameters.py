"""A task's parameters, made readable: each long text in a block of its own, unescaped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

import simplejson
from django.utils.safestring import SafeString

from workflow_mirror.web.tasks.highlight import Budget, Mark
from workflow_mirror.web.tasks.languages import NAMES, Language, language_of
from workflow_mirror.workflows.documents import storable
from workflow_mirror.workflows.masking import masked_value
from workflow_mirror.workflows.models import Task

ONE_LINE = 80
MOST_TEXTS = 50
"""Long texts of one structure that get blocks of their own; the others are in its JSON only."""


@dataclass(frozen=True)
class Parameter:
    """One value, or a long text within one; the name of such a text is its path, `email.template`.

    `is_folded` where the value is structured, and best opened only by who wants it. `value` is what
    the text shows: a structure, or the text itself; `is_parsed` where Zuora stores it as a text.
    """

    name: str
    text: str
    is_block: bool
    is_folded: bool = False
    language: Language = ""
    mark: Mark | None = None
    value: Any = field(default=None, compare=False, repr=False)
    is_parsed: bool = field(default=False, compare=False)

    @property
    def language_name(self) -> str:
        return NAMES.get(self.language, "")

    @property
    def has_preview(self) -> bool:
        return self.language == "html"


def read_parameters(data: Any) -> list[Parameter]:
    """In the order of the data; one without a name where they are no object."""
    if data is None:
        return []
    values = data.items() if isinstance(data, dict) else [("", data)]
    return [parameter for name, value in values for parameter in _parameters(name, value)]


def task_context(task: Task, data: Any, *, revealed: bool = False) -> dict[str, Any]:
    """For the templates that show one task: its parameters, without their secrets unless revealed.

    `data` are the parameters as they are shown, `hides_secrets` tells whether that is less.
    """
    shown = data if revealed else masked_value(data)
    return {
        "task": task,
        "data": shown,
        "parameters": read_parameters(shown),
        "hides_secrets": bool(shown != data),
    }


def coloured(parameters: list[Parameter]) -> Iterator[tuple[Parameter, SafeString]]:
    """Each with its text as HTML; together they keep within the limits of one page."""
    budget = Budget()
    for one in parameters:
        yield one, budget.highlighted(one.text, one.language, one.mark)


def _parameters(name: str, value: Any) -> Iterator[Parameter]:
    first = _parameter(name, value)
    yield first
    if isinstance(first.value, dict | list):
        yield from islice(_long_texts(name, first.value), MOST_TEXTS)


def _parameter(name: str, value: Any) -> Parameter:
    """The one place where a value becomes a text for a page."""
    shown = structure_of(value)
    is_parsed = shown is not value
    if isinstance(shown, str):
        is_block = _is_long(shown)
        language = language_of(name, shown) if is_block else ""
        return Parameter(name, shown, is_block, language=language, value=shown)
    if isinstance(shown, dict | list) and shown:
        text = json_text(shown, indent=2)
        return Parameter(
            name,
            text,
            is_block=True,
            is_folded=True,
            language="json",
            value=shown,
            is_parsed=is_parsed,
        )
    return Parameter(name, json_text(shown), is_block=False, value=shown, is_parsed=is_parsed)


def _long_texts(path: str, value: Any) -> Iterator[Parameter]:
    """The long texts within a structure, under their paths. A loop: structures may be deep."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            if _is_long(value):
                yield _parameter(path, value)
        elif isinstance(value, dict):
            waiting += [(f"{path}.{key}" if path else key, one) for key, one in value.items()][::-1]
        elif isinstance(value, list):
            waiting += [(f"{path}[{place}]", one) for place, one in enumerate(value)][::-1]


def _is_long(text: str) -> bool:
    return "\n" in text or len(text) > ONE_LINE


def structure_of(value: Any) -> Any:
    """The parsed value of a text that is JSON, such as a request body; other values unchanged.

    Such a text may spell halves of surrogate pairs, which no page can hold. Its decimals are shown
    as they are spelled: 10.00 is an amount.
    """
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return storable(simplejson.loads(value, parse_float=Decimal))[0]
    except (ValueError, InvalidOperation, RecursionError):
        return value


def json_text(value: Any, indent: int | None = None) -> str:
    return simplejson.dumps(value, indent=indent, ensure_ascii=False, allow_nan=True)
