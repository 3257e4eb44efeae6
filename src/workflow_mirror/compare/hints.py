"""Replacements that would cover a difference: what rules to propose. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from workflow_mirror.compare.result import Hint
from workflow_mirror.compare.rules import CONSTANT, EMAIL, HOST, ID, PREFIX
from workflow_mirror.history.diff import Diff, Field
from workflow_mirror.workflows.secrets import MASK

LONGEST = 200
_LONGEST_TEXT = 20_000
_TOKENS = re.compile(
    r"://(?P<host>[\w.-]+(?::\d{1,5})?)"
    r"|(?P<email>[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,24})"
    r"|GlobalConstants\.(?P<constant>\w+)"
    r"|(?<![0-9A-Za-z])(?P<id>[0-9a-f]{32})(?![0-9A-Za-z])"
)
_KINDS = {"host": HOST, "email": EMAIL, "constant": CONSTANT, "id": ID}
_FEWEST_LABELS = 2
_FEWEST_PREFIXED = 2
_LONGEST_PREFIX = 40


def hints_of(found: Diff) -> Iterator[Hint]:
    """Each once, in the order of the differences."""
    fields = chain(found.workflow, *(task.fields for task in found.tasks))
    yield from dict.fromkeys(chain.from_iterable(map(_of_field, fields)))


def _of_field(field: Field) -> Iterator[Hint]:
    """Where both texts name equally many hosts, addresses and so on, and some of them differ."""
    before, after = field.before, field.after
    if not isinstance(before, str) or not isinstance(after, str):
        return
    if max(len(before), len(after)) > _LONGEST_TEXT:
        return
    ours, theirs = _tokens(before), _tokens(after)
    if [kind for kind, _ in ours] != [kind for kind, _ in theirs]:
        return
    for (kind, one), (_, two) in zip(ours, theirs, strict=True):
        if one != two and MASK not in one + two and max(len(one), len(two)) <= LONGEST:
            yield _shortened(kind, one, two)


def _shortened(kind: str, one: str, two: str) -> Hint:
    """Of addresses and hosts, the domains in which they differ: one rule for all their hosts."""
    if kind == EMAIL:
        (local, _, ours), (other, _, theirs) = one.partition("@"), two.partition("@")
        return _shortened(HOST, ours, theirs) if local == other else Hint(kind, one, two)
    if kind != HOST:
        return Hint(kind, one, two)
    labels, others = one.split("."), two.split(".")
    while labels[0] == others[0] and min(len(labels), len(others)) > _FEWEST_LABELS:
        labels, others = labels[1:], others[1:]
    return Hint(kind, ".".join(labels), ".".join(others))


def _tokens(text: str) -> list[tuple[str, str]]:
    return [
        (_KINDS[match.lastgroup], match[match.lastgroup])
        for match in _TOKENS.finditer(text)
        if match.lastgroup
    ]


def prefix_hints(source: Iterable[str], target: Iterable[str]) -> list[tuple[Hint, int]]:
    """Prefixes that would pair names of workflows which have no counterpart, and how many."""
    ours, theirs = set(source), set(target)
    counts = Counter(
        [Hint(PREFIX, prefix, "") for prefix in _prefixes(ours, theirs)]
        + [Hint(PREFIX, "", prefix) for prefix in _prefixes(theirs, ours)]
    )
    return [(hint, n) for hint, n in counts.most_common(3) if n >= _FEWEST_PREFIXED]


def _prefixes(longer: set[str], shorter: set[str]) -> Iterator[str]:
    for name in longer:
        for length in range(1, min(len(name), _LONGEST_PREFIX)):
            if not name[length - 1].isalnum() and name[length:] in shorter:
                yield name[:length]
