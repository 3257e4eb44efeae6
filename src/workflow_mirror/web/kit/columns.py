"""The columns of a list: which there are, and which a user has chosen, in which order."""

from collections.abc import Iterable, Sequence
from typing import Any

COLUMNS_VAR = "cols"
"""The parameter of an address that names the columns, such as `cols=name,state`."""


def column_name(display: Any) -> str:
    """Of an entry of `list_display`: "state" for a method or function `shown_state`."""
    name = display if isinstance(display, str) else display.__name__
    return str(name).removeprefix("shown_")


def chosen(every: Sequence[Any], names: Iterable[str]) -> list[Any]:
    """The first column, which names the row, and those of `names` that exist, each once."""
    by_name = {column_name(display): display for display in every}
    first = column_name(every[0])
    wanted = dict.fromkeys([first, *(name for name in names if name in by_name)])
    return [by_name[name] for name in wanted]
