"""The place in a task to which a link of the search leads: `?at=parameters.url&find=erp`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from workflow_mirror.references.query import fold
from workflow_mirror.references.search.excerpts import locate
from workflow_mirror.web.tasks.highlight import Mark
from workflow_mirror.web.tasks.parameters import Parameter, json_text

LONGEST_MARK = 300
"""Characters of a value that is marked because the text is not in it."""
_BEFORE = "parameters."
_HERE = "\ue002"
"""Replaces a value to find its place in the JSON text; a private character, which no text has."""


def with_place(parameters: list[Parameter], data: Any, at: str, wanted: str) -> list[Parameter]:
    """The text `wanted` is marked at the path `at`, or the value where it is not in there.

    Nothing is marked where the path leads nowhere: the task may have changed since.
    """
    rest = at.removeprefix(_BEFORE)
    name = _longest(rest, [one.name for one in parameters])
    if rest == at or not name or not isinstance(data, dict):
        return parameters
    place = next(place for place, one in enumerate(parameters) if one.name == name)
    one = parameters[place]
    path = [] if one.is_parsed else list(_steps(one.value, rest[len(name) :]))
    mark = _mark(one.text, *_part(one.text, one.value, path), fold(wanted))
    return [*parameters[:place], replace(one, mark=mark), *parameters[place + 1 :]]


def _longest(rest: str, names: list[str]) -> str:
    """The name with which the path begins. Names may have dots; "" if there is none."""
    leading = (name for name in names if rest == name or rest.startswith((f"{name}.", f"{name}[")))
    return max(leading, key=len, default="")


def _steps(value: Any, rest: str) -> Iterator[str | int]:
    """Keys and indexes, as far as the value has them."""
    while rest:
        step: str | int
        if isinstance(value, dict):
            step = _longest(rest[1:], list(value))
            rest = rest[1 + len(step) :]
        elif isinstance(value, list):
            number, _bracket, rest = rest[1:].partition("]")
            step = int(number) if number.isdecimal() and number.isascii() else len(value)
        else:
            return
        if step not in (value if isinstance(value, dict) else range(len(value))):
            return
        yield step
        value = value[step]


def _part(text: str, value: Any, path: list[str | int]) -> tuple[int, int]:
    """Where the text has the value at the path, from the beginning of its line."""
    if not path:
        return 0, len(text)
    here = json_text(_HERE)
    without = json_text(_replaced(value, path), indent=2)
    place = without.find(here)
    end = place + len(text) - len(without) + len(here)
    return text.rfind("\n", 0, place) + 1, end


def _replaced(value: Any, path: list[str | int]) -> Any:
    if not path:
        return _HERE
    changed = value.copy()
    changed[path[0]] = _replaced(value[path[0]], path[1:])
    return changed


def _mark(text: str, start: int, end: int, wanted: str) -> Mark:
    part = text[start:end]
    if wanted and (found := locate(part, wanted)):
        return start + found[0], start + found[1]
    if len(part) > LONGEST_MARK:
        end = start + len(part.split("\n", 1)[0][:LONGEST_MARK])
    return start, end
