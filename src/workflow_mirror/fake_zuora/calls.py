"""One request while the fake processes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qs

from workflow_mirror.fake_zuora.answers import (
    Answer,
    CredentialsBody,
    ForbiddenBody,
    UnauthorizedBody,
)
from workflow_mirror.fake_zuora.clock import Clock
from workflow_mirror.fake_zuora.limits import Spending
from workflow_mirror.fake_zuora.operations import Operation
from workflow_mirror.fake_zuora.tenants import Tenant
from workflow_mirror.fake_zuora.tokens import Token, TokenStore


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as received; header names in lower case, the last value of each query key."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    address: str

    def form(self) -> dict[str, str]:
        """Read a form-encoded body; empty for any other body."""
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return {}
        pairs = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {key: values[-1] for key, values in pairs.items()}

    def bearer(self) -> str | None:
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if scheme.lower() == "bearer" and value.strip() else None


class Host(Protocol):
    """What a response depends on besides the tenant; FakeZuora implements it."""

    clock: Clock
    tokens: TokenStore
    token_limit_per_minute: int | None
    unauthorized_body: UnauthorizedBody
    forbidden_body: ForbiddenBody
    bad_credentials_body: CredentialsBody


@dataclass(slots=True)
class Call:
    """A request, its tenant, and what the fake has decided about it."""

    fake: Host
    request: Incoming
    operation: Operation
    started: float
    answer_truly: Callable[["Call"], Answer]
    token: Token | None = None
    tenant: Tenant | None = None
    fault: str | None = None
    """The name of the fault that applies; `answer_wrongly` is its effect."""
    answer_wrongly: Callable[["Call"], Answer] | None = None
    spending: Spending | None = None
    token_calls: int = 0
    concurrent: int = 0
    finished: bool = field(default=False)

    @property
    def entity(self) -> str:
        return self.request.headers.get("zuora-entity-ids", "")

    @property
    def page(self) -> int:
        """The requested page; 1 if it is missing or not a number."""
        return int_or(self.request.query.get("page"), 1)

    def proceed(self) -> Answer:
        """Answer as Zuora would without a fault."""
        return self.answer_truly(self)


def int_or(text: str | None, default: int) -> int:
    """Read a small whole number; the default for any other text."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004
    return int(text) if is_number and text is not None else default
