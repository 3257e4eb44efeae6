"""Reads one text of an export with each extractor that it may concern."""

import re
from functools import lru_cache
from typing import NamedTuple

from workflow_mirror.references.extract.addresses import extract_addresses
from workflow_mirror.references.extract.collector import Names
from workflow_mirror.references.extract.liquid import Liquid, has_liquid
from workflow_mirror.references.extract.marks import HIDDEN
from workflow_mirror.references.extract.masking import SHORT, masked
from workflow_mirror.references.extract.reference import Found
from workflow_mirror.references.extract.sql import extract_sql, is_sql
from workflow_mirror.references.extract.sweep import sweep

_CODE_KEYS = frozenset({"code", "template", "payload", "expression", "script"})
_HINTS = (".", "@", "[", "{", "__", "://")
"""A text without any of them names nothing, but for SQL and what a key says."""
_IS_HTML = re.compile(r"\s*<")


class Context(NamedTuple):
    """`own_object` is the task's. `known` are the objects of the document, in lower case."""

    own_object: str
    known: frozenset[str]


class Read(NamedTuple):
    found: tuple[Found, ...]
    has_secret: bool
    is_unparsed: bool


def read_text(key: str, text: str, context: Context) -> Read:
    """What a text names that stands under `key`."""
    return (_remembered if len(text) <= SHORT else _read)(key, text, context)


def _read(key: str, text: str, context: Context) -> Read:
    """Each extractor gets what the ones before it have not understood."""
    out, literals, is_odd = Names(), list[str](), False
    text = masked(text)
    has_secret = HIDDEN in text
    is_code = key in _CODE_KEYS and not _IS_HTML.match(text)
    if has_liquid(text):
        liquid = Liquid(out, text)
        text, literals, is_odd = liquid.rest, liquid.literals, liquid.is_odd
    if is_sql(key, text):
        rest = extract_sql(out, text, context.own_object)
        is_odd, is_code = is_odd or rest is None, is_code or rest is None
        text = text if rest is None else rest
    _read_words(out, key, text, context.known, is_code=is_code)
    if literals:
        _read_words(out, key, "\n".join(literals), context.known)
    return Read(out.found(), has_secret, is_odd)


_remembered = lru_cache(maxsize=16384)(_read)


def _read_words(
    out: Names, key: str, text: str, known: frozenset[str], *, is_code: bool = False
) -> None:
    text = extract_addresses(out, key, text)
    if any(hint in text for hint in _HINTS):
        sweep(out, text, known, is_code=is_code)
