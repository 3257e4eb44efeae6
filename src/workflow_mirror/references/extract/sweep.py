"""What any text may name, by shape alone: so that no parser's failure loses a reference."""

import re
from collections.abc import Iterator
from functools import lru_cache

from workflow_mirror.references.extract.collector import Names
from workflow_mirror.references.extract.names import CUSTOM, file_name
from workflow_mirror.references.extract.objects import STANDARD
from workflow_mirror.references.extract.reference import Confidence, Found, Kind

_CHAIN = re.compile(
    r"([\w$-]+(?:(?:\[(?:\d{1,6}|\"[\w-]+\"|'[\w-]+'|\*)?\])?\??\.[\w-]+|\[[\"'][\w-]+[\"']\])+)(\s?\()?"
)
_DOT = re.compile(r"[.\[][\w\"']")
_START = re.compile(r"[\w$-]+(?:\[[^\[\]]{0,40}\])?\??\Z")
_CUSTOM = re.compile(r"(?<![\w])\w+__c(?!\w)", re.IGNORECASE)
_PREDICATE = re.compile(r"(?<!\w)([^\W\d]\w*)\[\s*([^\W\d]\w*)\s*(?:!?=|[<>]|in\b)")
_SEPARATOR = re.compile(r"\[\d*\]|\[\*\]|[.?\[\]\"']+")
_ROOTS = frozenset({"$", "payload", "data", "input", "this"})
_WIDE_ENDS = frozenset(["com", "net", "org", "edu", "gov"])
_HOST_ENDS = frozenset((
    "app", "ae", "ar", "at", "au", "be", "biz", "br", "ca", "cat", "ch", "cloud", "cn", "corp",
    "cz", "de", "dev", "dk", "es", "eu", "fi", "fr", "gr", "hk", "hu", "ie", "il", "int",
    "internal", "io", "it", "jp", "kr", "lan", "local", "lu", "mx", "nl", "nz", "pl", "pt", "ro",
    "ru", "se", "sg", "sk", "tr", "tw", "uk", "us", "za",
))  # fmt: skip
"""Ends of host names with three parts. Country codes that are common as field names are missing."""
_FILE_ENDS = frozenset(
    ["csv", "gpg", "gz", "pdf", "pgp", "tsv", "txt", "xls", "xlsx", "xml", "zip"]
)
_LABEL = re.compile(r"[a-z0-9](?:[\w-]*[a-z0-9])?|[^\W_][\w-]*")


def sweep(out: Names, text: str, known: frozenset[str], *, is_code: bool = False) -> None:
    """`known` are the objects of the document, in lower case; `is_code`: methods have dots too."""
    for chain, is_call in _chains(text):
        for found in _in_chain(chain, known, is_call=is_call, is_code=is_code):
            out.add(*found)
    if "__" in text:
        for custom in _CUSTOM.findall(text):
            out.add(Kind.FIELD, custom, Confidence.LIKELY)
    if is_code:
        for match in _PREDICATE.finditer(text):
            if match[1].lower() in known:
                out.add(Kind.FIELD, f"{match[1]}.{match[2]}", Confidence.LIKELY)


def _chains(text: str) -> Iterator[tuple[str, bool]]:
    """Dotted names, and whether each is called. Looks at dots only, of which prose has few."""
    end = 0
    for dot in _DOT.finditer(text):
        if dot.start() > end and (
            start := _START.search(text[max(end, dot.start() - 100) : dot.start()])
        ):
            match = _CHAIN.match(text, dot.start() - len(start[0]))
            if match:
                end = match.end(1)
                yield match[1], bool(match[2])


@lru_cache(maxsize=8192)
def _in_chain(
    chain: str, known: frozenset[str], *, is_call: bool, is_code: bool
) -> tuple[Found, ...]:
    return tuple(_classified(chain, known, is_call=is_call, is_code=is_code))


def _classified(
    chain: str, known: frozenset[str], *, is_call: bool, is_code: bool
) -> Iterator[Found]:
    parts = [part for part in _SEPARATOR.split(chain) if part]
    if is_call:
        parts = parts[:-1]
    lower = [part.lower() for part in parts]
    if "globalconstants" in lower[:-1]:
        yield Kind.CONSTANT, parts[lower.index("globalconstants") + 1], Confidence.LIKELY
    elif "credentials" in lower[:-1]:
        rest = parts[lower.index("credentials") + 1 :]
        yield Kind.CREDENTIAL, ".".join(rest), Confidence.LIKELY
    elif _is_host(parts, lower):
        yield Kind.HOST, ".".join(lower), Confidence.LIKELY
    elif len(parts) > 1 and (re.search(r"__(?:\d+|\*)\Z", parts[0]) or _is_file(lower, chain)):
        yield Kind.FILE, file_name(".".join(parts)), Confidence.TEXT
    else:
        yield from _field(parts, lower, known, is_code=is_code)


def _field(
    parts: list[str], lower: list[str], known: frozenset[str], *, is_code: bool
) -> Iterator[Found]:
    start = next((at for at, part in enumerate(lower) if part not in _ROOTS), len(lower))
    rooted = "data" in lower[:start]
    parts, lower = parts[start:], lower[start:]
    if rooted and lower and lower[0] == "files":
        if len(parts) > 1:
            yield Kind.FILE, file_name(".".join(parts[1:])), Confidence.LIKELY
        return
    is_object = bool(lower) and (lower[0] in known or lower[0].endswith(CUSTOM))
    if len(parts) > 1 and (rooted or (is_object and (is_code or parts[0][0].isupper()))):
        sure = rooted or lower[-1].endswith(CUSTOM)
        yield Kind.FIELD, ".".join(parts), Confidence.LIKELY if sure else Confidence.TEXT
    elif len(parts) == 1 and start and lower[0] in known:
        yield Kind.OBJECT, parts[0], Confidence.LIKELY


def _is_host(parts: list[str], lower: list[str]) -> bool:
    if len(parts) == 4 and all(part.isdecimal() and int(part) < 256 for part in parts):  # noqa: PLR2004 - IPv4
        return True
    end = lower[-1] if lower else ""
    is_end = (len(parts) > 1 and end in _WIDE_ENDS) or (len(parts) > 2 and end in _HOST_ENDS)  # noqa: PLR2004
    return is_end and parts[-1] in {end, end.upper()} and all(map(_LABEL.fullmatch, lower))


def _is_file(lower: list[str], chain: str) -> bool:
    return lower[-1] in _FILE_ENDS and "[" not in chain and lower[0] not in STANDARD | _ROOTS
