"""Which values of an export are secrets, by the key they stand under and by their shape.

Source: API.md sections 7 and 14. A value that is only a reference is none, such as
`{{ Credentials.X.key }}`. In doubt a value counts as a secret: better to hide too much.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

MASK = "[secret]"

_WORDS = (
    r"passw(?:or)?d|passphrase|pwd|secret|token|credentials?|authori[sz]ation|cookie"
    r"|(?:api|private|access|shared|encryption|signing|ssh|pgp|account|subscription)[_-]?key"
    r"|connection[_-]?string|signature"
)
_KEY = re.compile(
    rf"{_WORDS}|^(?:env|environment|auth|pem|login)$|user(?:[_-]?name)?$|environment[_-]?variables",
    re.IGNORECASE,
)
_NO_SECRET_KEY = re.compile(r"[_-]?(?:url|uri|type)$", re.IGNORECASE)
# A header or form field, whose name is data: `{"key": "X-Api-Key", "value": ...}`.
_PAIR_NAME = re.compile(
    rf"{_WORDS}|auth|key|credential|session|^(?:sig|code|user|username|login)$", re.IGNORECASE
)
_REFERENCE = re.compile(r"\s*(?:\w+\s+)?\{\{-?\s*\w+(?:\.\w+)+\s*-?\}\}\s*", re.ASCII)
_HARMLESS = frozenset({"", "true", "false"})
# Each with texts of which it needs one; to look for those first is much quicker.
_IN_TEXT = tuple(
    (hints.split(), re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for hints, pattern in (
        (
            "-----begin",
            r"-----BEGIN [A-Z ]*PRIVATE KEY[A-Z ]*-----(.*?)(?:-----END [A-Z ]*PRIVATE KEY|\Z)",
        ),
        ("://", r"://([^/\s'\"<>@]+)@"),
        (
            "key= sig= code= sas= user= username=",
            r"[?&](?:[\w-]*key|sig|code|sas|user|username)=([^&#\s\"'<>{}]+)",
        ),
        (
            "pass pwd secret token credential authori cookie key string signature",
            (
                rf"(?:{_WORDS})[\w-]*\\*[\"']?\s*(?:=>|[:=]{{1,3}})\s*"
                r"(?:\\+\"(.+?)\\+\"|\"((?:\\.|[^\"\\])+)\"|'((?:\\.|[^'\\])+)'"
                r"|((?:(?:basic|bearer|digest|token)\s+)?[^\s\"'&,;<>{}()]++)(?!\())"
            ),
        ),
        (
            "pass pwd secret token credential authori cookie key string signature session",
            rf"<(?:\w+:)?[\w-]*(?:{_WORDS}|session)[\w-]*(?:\s[^<>]*)?>([^<]+)<",
        ),
        ("bearer", r"\bbearer\s+([\w.~+/-]{6,}=*)"),
        ("basic", r"\bbasic\s+((?=\S*[\d=])[\w+/]{8,}=*)"),
        (
            (
                "akia asia xox ghp_ gho_ ghs_ ghu_ ghr_ github_pat_ glpat- _live_ whsec_ aiza ya29."
                " eyj sg."
            ),
            (
                r"\b(A[KS]IA[0-9A-Z]{16}|xox[abeoprs]-[\w-]+|gh[opsur]_\w{20,}|github_pat_\w{20,}"
                r"|glpat-[\w-]{16,}|[sr]k_live_\w+|whsec_\w+|AIza[\w-]{30,}|ya29\.[\w-]{16,}"
                r"|SG\.[\w-]{16,}\.[\w-]{16,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)"
            ),
        ),
        # Addresses of webhooks: whoever knows one may post to it.
        ("hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows|triggers)/([\w/-]+)"),
        ("webhook.office.com", r"webhook\.office\.com/webhookb2/([\w@/-]+)"),
        ("/api/webhooks/", r"/api/webhooks/\d+/([\w-]+)"),
        ("hooks.zapier.com", r"hooks\.zapier\.com/hooks/catch/([\w/-]+)"),
    )
)
_HINTS = sorted({hint for hints, _ in _IN_TEXT for hint in hints})
# By their first letters, which takes half the time of a plain choice.
_ANY_HINT = re.compile(
    "|".join(
        f"{re.escape(first)}(?:{'|'.join(re.escape(hint[1:]) for hint in of_first)})"
        for first, of_first in groupby(_HINTS, key=itemgetter(0))
    )
)
_SHORTEST = 6
"""Characters of a text that can hold a secret and what shows it to be one."""


def is_secret_entry(entry: Mapping[str, Any], key: str) -> bool:
    """Whether all that stands under this key of an object is secret, however deep."""
    if key == "value" and isinstance(name := entry.get("key", entry.get("name")), str):
        return bool(_PAIR_NAME.search(name))
    if key == "default" and "field_name" in entry:  # an input of the workflow
        return True
    return _is_secret_key(key)


def may_be_secret(key: str) -> bool:
    """Whether `is_secret_entry` can hold for this key, whatever else the object has."""
    return key in ("value", "default") or _is_secret_key(key)


@lru_cache(maxsize=4096)
def _is_secret_key(key: str) -> bool:
    return bool(_KEY.search(key)) and not _NO_SECRET_KEY.search(key)


def is_public(key: str, value: Any) -> bool:
    """Whether a value may be shown although what surrounds it is secret."""
    if value is None or isinstance(value, bool) or key == "type":
        return True
    return isinstance(value, str) and (value in _HARMLESS or bool(_REFERENCE.fullmatch(value)))


def secret_spans(text: str) -> list[tuple[int, int]]:
    """Where a text holds secrets: (start, end), in order and apart from each other."""
    if len(text) < _SHORTEST:
        return []
    lower = text.lower()
    spans = [*_spans_by_shape(text, lower)] if _ANY_HINT.search(lower) else []
    if text.lstrip()[:1] in {"{", "["}:
        spans += _spans_in_json(text)
    return _merged(spans)


def masked(text: str) -> str:
    """The text with `MASK` in place of each secret."""
    shown, end = "", 0
    for start, stop in secret_spans(text):
        shown += text[end:start] + MASK
        end = stop
    return shown + text[end:]


def _spans_by_shape(text: str, lower: str) -> Iterator[tuple[int, int]]:
    for hints, pattern in _IN_TEXT:
        if _has_any(lower, hints):
            for match in pattern.finditer(text):
                if match.lastindex and not is_public("", match[match.lastindex]):
                    yield match.span(match.lastindex)


def _has_any(text: str, hints: list[str]) -> bool:
    for hint in hints:  # noqa: SIM110 - `any` with a generator takes twice as long
        if hint in text:
            return True
    return False


def _spans_in_json(text: str) -> Iterator[tuple[int, int]]:
    """Of a text that is itself JSON, such as the body of a call: by its keys, too."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    for secret in sorted(set(_secret_strings(value))):
        for quoted in {json.dumps(secret), json.dumps(secret, ensure_ascii=False)}:
            inner = re.escape(quoted)
            yield from ((match.start() + 1, match.end() - 1) for match in re.finditer(inner, text))


def _secret_strings(value: Any, key: str = "", *, secret: bool = False) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            inner = secret or is_secret_entry(value, name)
            yield from _secret_strings(item, name, secret=inner)
    elif isinstance(value, list):
        for item in value:
            yield from _secret_strings(item, key, secret=secret)
    elif secret and isinstance(value, str) and not is_public(key, value):
        yield value


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
