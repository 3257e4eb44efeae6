"""What the key of an entry says about its value."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from workflow_mirror.references.extract.masking import SHORT, masked
from workflow_mirror.references.extract.reference import Kind
from workflow_mirror.workflows.secrets import is_secret_entry

# Of keys in `parameters`, in whatever task they stand. Source: API.md sections 7 and 14.
_KINDS = (
    (re.compile(r"(?:^|_)workflow_?(?:id|name)s?$", re.IGNORECASE), Kind.WORKFLOW),
    (re.compile(r"(?:^|_)(?:output_?)?file_?names?$", re.IGNORECASE), Kind.FILE),
    (re.compile(r"^report_?(?:id|name)$", re.IGNORECASE), Kind.REPORT),
    (re.compile(r"^(?:lambda_?)?function(?:_?name)?$", re.IGNORECASE), Kind.LAMBDA),
    (re.compile(r"^event_?(?:name|type)s?$|^topic$", re.IGNORECASE), Kind.EVENT),
)
_BY_ENTRY = frozenset({"value", "default"})
"""Keys whose value is a secret or not by what else the entry holds."""
_HINT = re.compile(r"[.@]|__c", re.IGNORECASE)


class Key(NamedTuple):
    """`kind` is that of the value. `name` is the key without secrets; `is_text`: it names any."""

    name: str
    kind: Kind | None
    is_secret: bool
    is_text: bool


def key_of(key: str) -> Key | None:
    """None for a key that tells nothing."""
    return _remembered(key) if len(key) <= SHORT else _key_of(key)


def is_secret_value(entry: Mapping[str, Any], key: str, known: Key) -> bool:
    return is_secret_entry(entry, key) if key in _BY_ENTRY else known.is_secret


def _key_of(key: str) -> Key | None:
    name = masked(key)
    kind = next((kind for pattern, kind in _KINDS if pattern.search(key)), None)
    found = Key(name, kind, is_secret_entry({}, key), bool(_HINT.search(name)))
    return found if key in _BY_ENTRY or name != key or any(found[1:]) else None


_remembered = lru_cache(maxsize=8192)(_key_of)
