"""The log of all requests that the fake has answered."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any, overload

LOGGED_HEADERS = ("zuora-track-id", "zuora-entity-ids", "zuora-org-ids", "accept-encoding")


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One answered request; contains no secret and no token in clear text."""

    method: str
    path: str
    query: dict[str, str]
    operation: str
    """`token`, `list`, `get`, `export`, `versions`; the name of another documented operation
    (`run`, `rerun`, `patch`, ...); or `unknown`."""
    tenant: str | None
    workflow_id: int | None
    status: int
    """The HTTP status; 0 if the connection was dropped without a response."""
    headers: dict[str, str]
    """Relevant request headers (`LOGGED_HEADERS`), names in lower case."""
    token: str | None
    """A fingerprint: equal for the same token, and does not reveal it."""
    started: float
    finished: float
    """Monotonic seconds (`time.monotonic`), whatever clock the fake uses."""
    fault: str | None
    concurrent: int
    """The tenant's concurrent requests including this one (per entity; 0 for token calls)."""

    @property
    def is_write(self) -> bool:
        """Whether the request tried to change data: anything but a read or a token call."""
        return self.operation != "token" and self.method not in {"GET", "HEAD"}

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class RequestLog(Sequence[RequestRecord]):
    """The newest `limit` records, oldest first, and exact counts of all since `clear()`."""

    def __init__(self, limit: int = 100_000) -> None:
        self._lock = Lock()
        self._records: deque[RequestRecord] = deque(maxlen=limit)
        self._counts: Counter[str] = Counter()
        self._writes = 0

    def add(self, record: RequestRecord) -> None:
        with self._lock:
            self._records.append(record)
            self._counts[record.operation] += 1
            self._writes += record.is_write

    def clear(self) -> None:
        with self._lock:
            self._records.clear()
            self._counts.clear()
            self._writes = 0

    def snapshot(self) -> list[RequestRecord]:
        """Copy the records; the copy is safe to read while the server runs."""
        with self._lock:
            return list(self._records)

    def of(self, operation: str, tenant: str | None = None) -> list[RequestRecord]:
        """The records of one operation, of one tenant (by name) or of all."""
        return [
            record
            for record in self.snapshot()
            if record.operation == operation and tenant in {None, record.tenant}
        ]

    def counts(self) -> dict[str, int]:
        """Count requests by operation since the last `clear()`."""
        with self._lock:
            return dict(self._counts)

    def writes(self) -> list[RequestRecord]:
        """The attempts to change data; for a mirror this must be empty."""
        return [record for record in self.snapshot() if record.is_write]

    def count_writes(self) -> int:
        with self._lock:
            return self._writes

    def peak_concurrency(self, tenant: str | None = None) -> int:
        """The most concurrent requests of a tenant (by name), or of any."""
        seen = (r.concurrent for r in self.snapshot() if tenant in {None, r.tenant})
        return max(seen, default=0)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[RequestRecord]:
        return iter(self.snapshot())

    @overload
    def __getitem__(self, index: int) -> RequestRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[RequestRecord]: ...
    def __getitem__(self, index: int | slice) -> RequestRecord | list[RequestRecord]:
        return self.snapshot()[index]

    def __repr__(self) -> str:
        return f"RequestLog({self.counts()})"
