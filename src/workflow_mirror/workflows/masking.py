"""Values of an export as they may be shown: `MASK` in the place of each secret.

Which values are secrets is decided in `workflows.secrets`; the stored export stays exact. A secret
key hides all that is below it. What is nested deeper than `DEEPEST` is masked as a whole.
"""

from typing import Any

import simplejson

from workflow_mirror.exact_json import loads
from workflow_mirror.workflows.secrets import MASK, is_public, is_secret_entry, masked

DEEPEST = 200


def masked_value(value: Any) -> Any:
    return _masked(value, "", secret=False, level=0)


def holds_secret(value: Any) -> bool:
    """Of a document, or a part of one."""
    return bool(masked_value(value) != value)


def masked_document(text: str) -> str:
    """A document as text; one without secrets is returned unchanged, byte by byte.

    Numbers keep their value. The answer is indented as PostgreSQL's `jsonb_pretty` does.
    """
    document = loads(text)
    shown = masked_value(document)
    if shown == document:
        return text
    return simplejson.dumps(shown, indent=4, ensure_ascii=False)


def text_holds_secret(text: str | bytes) -> bool:
    """Of a document as text."""
    return holds_secret(loads(text))


def _masked(value: Any, key: str, *, secret: bool, level: int) -> Any:
    if level > DEEPEST:
        return MASK
    if isinstance(value, dict):
        return {
            masked(name): _masked(
                item, name, secret=secret or is_secret_entry(value, name), level=level + 1
            )
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, key, secret=secret, level=level + 1) for item in value]
    if secret and not is_public(key, value):
        return MASK
    return masked(value) if isinstance(value, str) else value
