"""Names as numbers, which one index holds for all kinds: `workflow_texts.name_hashes`.

A search for whole names compares numbers, and the index answers for several names at once. A place
has the hashes of what its references can be found by:

    field    billing.account.region__c, account.region__c, region__c, and whether it has an object
    host     erp.example.com, example.com, com
    email    billing@example.com, @example.com, billing@
    others   the whole name; none of URLs, of which nobody knows the whole
    has      each kind
    type     the type of the task
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

from workflow_mirror.references.query import KeyValue
from workflow_mirror.references.query.keys import Rule
from workflow_mirror.references.query.matching import host_of

_WITHOUT_OBJECT = "field without object"


def name_hash(key: str, name: str) -> int:
    """Signed 64 bits, as PostgreSQL's bigint: with a million names, two are never the same."""
    digest = hashlib.md5(f"{key}:{name}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], signed=True)


def hashes_of_place(names: Iterable[tuple[str, str]], action_type: str) -> list[int]:
    """In ascending order. `names` are kinds and names in lower case; no type for a workflow."""
    hashes = {number for kind, name in names for number in _of_name(kind, name)}
    return sorted(hashes | {name_hash("type", action_type)} if action_type else hashes)


def hashes_of_value(term: KeyValue) -> list[int] | None:
    """What the value of a key is found by, any of them; None where it is no whole name."""
    key, value = term.key.name, term.value.strip().lower()
    if key == "has":
        return [name_hash(key, term.value)]
    if "*" in value or term.key.rule is Rule.PART:
        return None
    match term.key.rule:
        case Rule.FIELD:
            return list(_of_field(value))
        case Rule.HOST:
            return [name_hash(key, host_of(value))]
        case Rule.EMAIL if "@" not in value:  # a domain or a mailbox
            return [name_hash(key, f"@{value}"), name_hash(key, f"{value}@")]
    return [name_hash(key, value)]


def _of_field(value: str) -> Iterator[int]:
    yield name_hash("field", value)
    _, dot, last = value.rpartition(".")
    if dot and last.endswith("__c"):
        yield name_hash(_WITHOUT_OBJECT, last)


@lru_cache(maxsize=16384)
def _of_name(kind: str, name: str) -> tuple[int, ...]:
    return (name_hash("has", kind), *(name_hash(key, part) for key, part in _parts(kind, name)))


def _parts(kind: str, name: str) -> Iterator[tuple[str, str]]:
    match kind:
        case "field" | "host":
            yield from ((kind, part) for part in _ends(name))
            if kind == "field" and "." not in name:
                yield _WITHOUT_OBJECT, name
        case "email":
            mailbox, at, domain = name.rpartition("@")
            yield from ((kind, part) for part in (name, f"{mailbox}@", at + domain))
        case "url" | "secret":
            return
        case _:
            yield kind, name


def _ends(name: str) -> Iterator[str]:
    """`a.b.c`, `b.c` and `c`."""
    yield name
    while "." in name:
        name = name.partition(".")[2]
        yield name
