"""A job's progress and stats."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Report:
    """`output` is stored when the job ends, as JSON. `requests` and `waited` are of Zuora's API.

    `waited` in seconds. `waiting_until` is when its wait for Zuora ends, None while it does not
    wait. `with_errors`: it went well on the whole, and something was left out.
    """

    output: dict[str, Any] = field(default_factory=dict)
    done: int = 0
    total: int = 0
    requests: int = 0
    waited: float = 0.0
    waiting_until: datetime | None = None
    with_errors: bool = False
