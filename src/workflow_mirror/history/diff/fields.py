"""Two values, compared path by path."""

from collections.abc import Iterator
from typing import Any

from workflow_mirror.exact_json import dump
from workflow_mirror.history.diff.formatting import is_format_only
from workflow_mirror.history.diff.result import Field
from workflow_mirror.history.diff.texts import shown_text
from workflow_mirror.history.diff.values import has_secret, shown

_NAMING = ("key", "name", "callout_id", "eventName")
"""Keys that tell the entries of a list apart, such as headers."""


def fields_between(one: Any, two: Any, path: str = "", key: str = "") -> Iterator[Field]:
    """What differs, in the order of paths; `key` is the last one of the path."""
    if dump(one) == dump(two):
        return
    if isinstance(one, dict) and isinstance(two, dict):
        yield from _of_objects(one, two, path)
    elif (entries := _entries(one, two)) is not None:
        for label, mine, other in entries:
            yield from fields_between(mine, other, f"{path}[{label}]", key)
    else:
        yield field(path, one, two, key)


def _of_objects(one: dict[str, Any], two: dict[str, Any], path: str) -> Iterator[Field]:
    """A key that refers to other tasks may look the same on both sides; it is one change then."""
    gone = {shown_text(name): name for name in one if name not in two}
    new = {shown_text(name): name for name in two if name not in one}
    for name in sorted({*one, *two}):
        label = shown_text(name)
        inner = f"{path}.{label}" if path else label
        if label in gone and label in new:
            if name == gone[label]:
                yield field(inner, one[name], two[new[label]], name)
        else:
            yield from fields_between(one.get(name), two.get(name), inner, name)


def field(path: str, one: Any, two: Any, key: str = "") -> Field:
    before, after = shown(one), shown(two)
    texts = isinstance(one, str) and isinstance(two, str)
    return Field(
        path,
        before,
        after,
        is_format=texts and is_format_only(str(one), str(two), key),
        is_secret=has_secret(one) or has_secret(two),
        keys=(str(one), str(two)) if texts else None,
    )


def _entries(one: Any, two: Any) -> list[tuple[str, Any, Any]] | None:
    """The entries of two lists, each with its counterpart; None where they have to be told whole.

    By what names them, if their order is the same; else by place, if they are equally many.
    """
    if not isinstance(one, list) or not isinstance(two, list):
        return None
    ours, theirs = _by_name(one), _by_name(two)
    if ours and theirs:
        both = [name for name in ours if name in theirs]
        if both == [name for name in theirs if name in ours]:
            return [(name, ours.get(name), theirs.get(name)) for name in sorted({*ours, *theirs})]
    if len(one) == len(two) and all(isinstance(entry, dict | list) for entry in one + two):
        return [(str(place), *pair) for place, pair in enumerate(zip(one, two, strict=True))]
    return None


def _by_name(entries: list[Any]) -> dict[str, Any]:
    """Empty where there is no key that names each entry."""
    for key in _NAMING:
        names = [entry.get(key) if isinstance(entry, dict) else None for entry in entries]
        if all(isinstance(name, str) and name for name in names) and len({*names}) == len(names):
            return {shown_text(entry[key]): entry for entry in entries}
    return {}
