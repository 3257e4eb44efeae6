"""The date texts that Zuora sends.

Source: API.md section 3. The reference claims `YYYY-MM-DD HH:MM:SS`; real rows hold ISO 8601 with
milliseconds and `Z` or the tenant's offset, and runs hold `2019-09-10 19:33:34 UTC`.
"""

from datetime import UTC, datetime
from typing import Any


def parse_time(text: Any) -> datetime | None:
    """A moment in UTC, or None where the value is no date text that we know.

    A text without an offset is taken as UTC. The caller keeps the raw text.
    """
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(_as_iso(text.strip()))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _as_iso(text: str) -> str:
    body, _, zone = text.rpartition(" ")
    if body and zone == "UTC":
        return body + "+00:00"
    if body and zone[:1] in {"+", "-"}:
        return body + zone
    return text
