"""An export as a document: made storable, and put into one form. Source: API.md section 12."""

import re
from typing import Any

from workflow_mirror.exact_json import dump

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SURROGATE_BYTES = re.compile(b"\xed[\xa0-\xbf]")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(value: Any, path: str = "$") -> tuple[Any, list[str]]:
    """A copy that JSONB can hold, and the paths at which something was replaced.

    JSONB holds neither NUL characters nor halves of surrogate pairs; both become U+FFFD.
    """
    if isinstance(value, str):
        clean = _UNSTORABLE.sub(REPLACEMENT, value)
        return clean, [] if clean == value else [path]
    if isinstance(value, list):
        cleaned = [storable(item, f"{path}[{index}]") for index, item in enumerate(value)]
        return [item for item, _ in cleaned], [p for _, paths in cleaned for p in paths]
    if isinstance(value, dict):
        return _storable_object(value, path)
    return value, []


def canonical_json(value: Any) -> bytes:
    """The same bytes for the same content: sorted keys, tasks and linkages sorted too.

    Zuora gives no order to these two arrays.
    """
    if isinstance(value, dict):
        arrays = {key: _sorted(value[key]) for key in ("tasks", "linkages") if key in value}
        value = {**value, **arrays}
    return dump(value)


def is_storable(dumped: bytes) -> bool:
    """Cheap, and wrong only towards a needless clean-up.

    In UTF-8, only a surrogate begins with the byte ED followed by one from A0 up.
    """
    return b"\\u0000" not in dumped and not _SURROGATE_BYTES.search(dumped)


def _storable_object(value: dict[str, Any], path: str) -> tuple[dict[str, Any], list[str]]:
    clean: dict[str, Any] = {}
    replaced: list[str] = []
    for key, item in value.items():
        clean_key, in_key = storable(key, f"{path} (a key)")
        clean[clean_key], in_item = storable(item, f"{path}.{clean_key}")
        replaced += in_key + in_item
    return clean, replaced


def _sorted(items: Any) -> Any:
    return sorted(items, key=dump) if isinstance(items, list) else items
