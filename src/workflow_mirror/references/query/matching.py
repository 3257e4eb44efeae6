"""How the value of a key is compared with names: without case, `*` for any characters.

docs/reference/search.md says what each key matches.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workflow_mirror.references.query.folding import fold
from workflow_mirror.references.query.keys import Rule
from workflow_mirror.references.query.tree import KeyValue

_HOST = re.compile(r"(?:(?:\w[\w+.-]*:)?//)?(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]+)")


@dataclass(frozen=True)
class Names:
    """Lower-case names that match: one of `equal`, or a LIKE pattern (escaped by backslash)."""

    equal: tuple[str, ...] = ()
    like: tuple[str, ...] = ()

    def matches(self, name: str) -> bool:
        """As PostgreSQL finds it: `lower(name) = ANY(equal) OR lower(name) LIKE ANY(like)`."""
        name = name.lower()
        return name in self.equal or any(_like(pattern).fullmatch(name) for pattern in self.like)


def names_of(term: KeyValue) -> Names:
    """For keys whose values are names of references, and for `type`."""
    value = term.value.strip().lower()
    match term.key.rule:
        case Rule.PART:
            return Names(like=(f"%{_pattern(value)}%",))
        case Rule.FIELD:
            return _names(*_fields(value))
        case Rule.HOST:
            host = host_of(value)
            return _names(host, f"*.{host}")
        case Rule.EMAIL:
            return _names(*_addresses(value))
        case Rule.TYPE:
            return _names(value, f"{value}::*", f"*::{value}")
        case _:
            return _names(value)


def customers_named(value: str, names: Iterable[str]) -> list[str]:
    """Of `names` the one that is equal; if there is none, those that contain the value.

    The names must be within the user's scope. Without case and accents; `*` stands for any
    characters.
    """
    wanted, folded = fold(value.strip()), {name: fold(name) for name in names}
    whole = _like(_pattern(wanted))
    equal = [name for name, text in folded.items() if whole.fullmatch(text)]
    return equal or [name for name, text in folded.items() if wanted in text]


def _fields(value: str) -> Iterable[str]:
    yield value
    yield f"*.{value}"
    _, dot, name = value.rpartition(".")
    if dot and name.endswith("__c"):
        yield name


def _addresses(value: str) -> tuple[str, ...]:
    if value.startswith("@"):
        return (f"*{value}",)
    if value.endswith("@"):
        return (f"{value}*",)
    return (value,) if "@" in value else (f"*@{value}", f"{value}@*")


def host_of(value: str) -> str:
    """Of `https://user@erp.example.com:8443/path` too."""
    found = _HOST.match(value)
    return (found[1] if found else value).rstrip(".") or value


def _names(*names: str) -> Names:
    """Names in which `*` stands for any characters."""
    return Names(
        equal=tuple(name for name in names if "*" not in name),
        like=tuple(_pattern(name) for name in names if "*" in name),
    )


def _pattern(name: str) -> str:
    return _escaped(name).replace("*", "%")


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _like(pattern: str) -> re.Pattern[str]:
    """The LIKE pattern for Python."""
    wild = {"%": ".*", "_": "."}
    parts = re.findall(r"\\(.)|(.)", pattern, re.DOTALL)
    return re.compile(
        "".join(wild.get(plain) or re.escape(escaped or plain) for escaped, plain in parts),
        re.DOTALL,
    )
