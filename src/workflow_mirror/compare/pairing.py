"""Which workflow of the source is the counterpart of which one of the target. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from workflow_mirror.compare.rules import PREFIX, Rule

type Found = Literal["link", "name", "none", "ambiguous"]


class Named(Protocol):
    """`key` identifies a workflow among those of its side."""

    @property
    def key(self) -> Hashable: ...
    @property
    def name(self) -> str: ...


class Paired[W: Named](NamedTuple):
    """`by`: what made them a pair. A workflow without counterpart is alone."""

    source: W | None
    target: W | None
    by: Found


def paired[W: Named](
    source: Sequence[W],
    target: Sequence[W],
    links: Mapping[str, str] | None = None,
    rules: Iterable[Rule] = (),
) -> list[Paired[W]]:
    """By explicit link, then by the same name, then by the same name without the prefixes.

    A name pairs where it is unique on both sides; where it is not, all that have it are ambiguous.
    `paired(target, source)` is the same with the sides exchanged.
    """
    open_source = {one.key: one for one in source}
    open_target = {two.key: two for two in target}
    found: list[Paired[W]] = []
    for mine, other in (links or {}).items():
        if mine in open_source and other in open_target:
            found.append(Paired(open_source.pop(mine), open_target.pop(other), "link"))
    prefixes = [rule for rule in rules if rule.kind == PREFIX]
    for before, after in _ways(prefixes):
        found += _by_name(open_source, open_target, before, after)
    found += [Paired(one, None, "none") for one in open_source.values()]
    found += [Paired(None, two, "none") for two in open_target.values()]
    return sorted(found, key=_place)


def _ways(prefixes: list[Rule]) -> Iterator[tuple[str, str]]:
    """Whole names first, so that a rule never takes a counterpart away."""
    yield "", ""
    yield from sorted({(rule.source, rule.target) for rule in prefixes}, key=_mirrored)


def _mirrored(texts: tuple[str, str]) -> tuple[list[str], tuple[str, str]]:
    return sorted(texts), texts


def _by_name[W: Named](
    source: dict[Hashable, W], target: dict[Hashable, W], before: str, after: str
) -> Iterator[Paired[W]]:
    """Takes those that it pairs, or finds ambiguous, out of the open ones."""
    ours, theirs = _names(source, before), _names(target, after)
    for name in ours.keys() & theirs.keys():
        keys = ours[name], theirs[name]
        ones = [source.pop(key) for key in keys[0]]
        twos = [target.pop(key) for key in keys[1]]
        if len(ones) == len(twos) == 1:
            yield Paired(ones[0], twos[0], "name")
        else:
            yield from (Paired(one, None, "ambiguous") for one in ones)
            yield from (Paired(None, two, "ambiguous") for two in twos)


def _names[W: Named](workflows: dict[Hashable, W], prefix: str) -> dict[str, list[Hashable]]:
    """The keys by name without the prefix; of workflows with this prefix only, and with a name."""
    found: defaultdict[str, list[Hashable]] = defaultdict(list)
    for key, workflow in workflows.items():
        name = workflow.name.strip()
        rest = name.removeprefix(prefix)
        if rest.strip() and (not prefix or rest != name):
            found[rest.strip()].append(key)
    return found


def _place[W: Named](pair: Paired[W]) -> tuple[list[str], list[str]]:
    sides = [one for one in (pair.source, pair.target) if one is not None]
    return (
        sorted(one.name.casefold() for one in sides),
        sorted(str(one.key) for one in sides),
    )
