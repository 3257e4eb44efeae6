"""Access tokens: random, several valid at once, each with its own expiry (API.md section 2)."""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from workflow_mirror.fake_zuora.tenants import Tenant

MOST_KEPT = 5_000


@dataclass(slots=True)
class Token:
    """An issued token; `expires_at` is in monotonic seconds of the fake's clock."""

    value: str
    tenant: Tenant
    expires_at: float

    def is_valid(self, now: float) -> bool:
        return now < self.expires_at


class TokenStore:
    """All issued tokens, including expired ones, so that the log can name their tenants."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def issue(self, tenant: Tenant, now: float) -> Token:
        token = Token(secrets.token_hex(16), tenant, now + tenant.options.token_lifetime)
        self._tokens[token.value] = token
        if len(self._tokens) > MOST_KEPT:
            del self._tokens[next(iter(self._tokens))]
        return token

    def find(self, value: str) -> Token | None:
        return self._tokens.get(value)

    def expire(self, tenant: Tenant | None = None) -> int:
        """Expire all tokens, or those of one tenant; return how many expired."""
        ended = [token for token in self._tokens.values() if tenant in (None, token.tenant)]
        for token in ended:
            token.expires_at = float("-inf")
        return len(ended)


def fingerprint(token: str) -> str:
    """Eight characters that distinguish tokens in the log."""
    return sha256(token.encode()).hexdigest()[:8]
