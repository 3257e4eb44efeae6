"""Where a task stands on Zuora's canvas. Pure, so that no Django is needed."""

import re
from decimal import Decimal
from typing import Any, TypedDict

FARTHEST = 1_000_000
"""Pixels; a task further out than that would make all the others invisible."""
_PIXELS = re.compile(r"\s*([+-]?\d{1,9}(?:\.\d{1,9})?)\s*(?:px)?\s*", re.ASCII)


class Position(TypedDict):
    x: float
    y: float


def read_position(entry: Any) -> Position | None:
    """Zuora gives the upper left corner as texts such as `-12.5px`."""
    css = entry.get("css") if isinstance(entry, dict) else None
    if not isinstance(css, dict):
        return None
    x, y = read_pixels(css.get("left")), read_pixels(css.get("top"))
    return None if x is None or y is None else Position(x=x, y=y)


def read_pixels(value: Any) -> float | None:
    if isinstance(value, str):
        match = _PIXELS.fullmatch(value)
        if match is None:
            return None
        value = float(match[1])
    elif isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return float(value) if -FARTHEST <= value <= FARTHEST else None
