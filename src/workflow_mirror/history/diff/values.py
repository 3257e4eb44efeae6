"""Values of an export, made comparable; see `texts` for what becomes of texts.

Null is the same as absent, `[""]` the same as `[]`, and 1.0 the same as 1.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from workflow_mirror.exact_json import loads
from workflow_mirror.history.diff.texts import Texts, hidden, is_hiding, relabelled, shown_text
from workflow_mirror.workflows.secrets import is_public, is_secret_entry, may_be_secret

_TASK_IDS = ("task_id", "task_ids")


def normal(value: Any, texts: Texts, *, secret: bool = False, key: str = "") -> Any:
    """`secret` where all of the value is; `key` is what it stands under."""
    if isinstance(value, dict):
        return _normal_object(value, texts, secret=secret)
    if isinstance(value, list):
        items = [normal(item, texts, secret=secret, key=key) for item in value]
        return [] if items == [""] else items
    if secret and not is_public(key, value):
        return hidden(value)
    if key.endswith(_TASK_IDS):
        return texts.reference(value)
    if isinstance(value, str):
        return texts[value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    """Columns that are set: Zuora's dialects differ in how they write, or omit, the others."""
    return {key: value for key, value in fields.items() if value or value == 0}


def decoded(value: Any) -> Any:
    """The object that a text of JSON holds; every other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        found = loads(value)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, dict) else value


def resolved(value: Any, labels: Callable[[int], str]) -> Any:
    """The value with each mark of a task replaced by its label."""
    if isinstance(value, str):
        return relabelled(value, labels)
    if isinstance(value, list):
        return [resolved(item, labels) for item in value]
    if isinstance(value, dict):
        return {relabelled(key, labels): resolved(item, labels) for key, item in value.items()}
    return value


def shown(value: Any) -> Any:
    """What may be displayed of a value: JSON without marks."""
    if isinstance(value, str):
        return shown_text(value)
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {shown_text(key): shown(item) for key, item in value.items()}
    return value


def has_secret(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(has_secret, value))
    if isinstance(value, dict):
        return any(is_hiding(key) or has_secret(item) for key, item in value.items())
    return isinstance(value, str) and is_hiding(value)


def _normal_object(value: dict[str, Any], texts: Texts, *, secret: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in value.items():
        if item is None:
            continue
        if secret or not _is_plain(key):
            hidden_item = secret or is_secret_entry(value, key)
            found[texts[key]] = normal(item, texts, secret=hidden_item, key=key)
        elif type(item) is str:
            found[texts[key]] = texts[item]  # most values; this is quicker
        else:
            found[texts[key]] = normal(item, texts, key=key)
    return found


@lru_cache(maxsize=4096)
def _is_plain(key: str) -> bool:
    """Whether a text under this key is neither a secret as a whole nor the ID of a task."""
    return not key.endswith(_TASK_IDS) and not may_be_secret(key)
