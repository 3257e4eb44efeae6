"""The tokens of all workers, in the database: one fetches, the others wait and take it."""

import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, InterfaceError
from django.db.backends.utils import CursorWrapper

from workflow_mirror.customers.encryption import decrypt, encrypt
from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.customers.spare_connections import spare_cursor
from workflow_mirror.errors import as_fact
from workflow_mirror.zuora.auth import Fetch, Token
from workflow_mirror.zuora.errors import AnswerFacts, UnreachableError
from workflow_mirror.zuora.reasons import OtherWorkerError

# Seconds that one caller waits for another's token. Zuora itself gives up after 120 seconds.
PATIENCE = 150.0
# Seconds that a claim lasts when its holder has died. While it is alive, it renews the claim.
CLAIM = 20.0
SECONDS_BETWEEN_RENEWALS = 5.0
# Seconds between two checks of another worker's claim; doubled with each check.
FIRST_LOOK = 0.05
LONGEST_LOOK = 1.0

# A claim is alive where `claimed` is true. One row, also where there is no token.
_LOOK = """
SELECT tokens.token, tokens.expires_at, claims.expires_at > clock_timestamp() AS claimed
FROM (SELECT %s::varchar AS key) AS wanted
LEFT JOIN zuora_tokens AS tokens USING (key)
LEFT JOIN zuora_token_claims AS claims USING (key)
"""
_CLAIM = """
INSERT INTO zuora_token_claims AS claims (key, holder, expires_at)
VALUES (%(key)s, %(holder)s, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (key) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at
WHERE claims.expires_at <= clock_timestamp()
"""
_RENEW = """
UPDATE zuora_token_claims SET expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE key = %(key)s AND holder = %(holder)s
"""
_RELEASE = "DELETE FROM zuora_token_claims WHERE key = %(key)s AND holder = %(holder)s"
_STORE = """
INSERT INTO zuora_tokens (key, token, expires_at) VALUES (%s, %s, %s)
ON CONFLICT (key) DO UPDATE SET token = EXCLUDED.token, expires_at = EXCLUDED.expires_at
"""
# Rows that others are writing at this moment are left to them: to wait for each other here would
# be a deadlock.
_SWEEPS = tuple(
    f"DELETE FROM {table} WHERE key IN (SELECT key FROM {table}"  # noqa: S608 - our own names
    " WHERE expires_at < now() AND key <> %s FOR UPDATE SKIP LOCKED)"
    for table in ("zuora_tokens", "zuora_token_claims")
)


class DatabaseTokenStore:
    """Implements zuora.auth.TokenStore.

    Called from the downloading threads, so it uses spare connections. A caller claims the token's
    key before it fetches, so hundreds of workers make one call. No connection or transaction is
    held during the fetch. A claim ends with the fetch, or expires some seconds after its holder's
    death.
    Raises UnreachableError after waiting for more than `patience` seconds.
    """

    def __init__(self, patience: float = PATIENCE, claim: float = CLAIM) -> None:
        self._patience = patience
        self._claim = claim

    def obtain(
        self, key: str, fetch: Fetch, rejected: str | None, wait: Callable[[float], None]
    ) -> Token:
        claim = _Claim(key, self._claim)
        deadline, next_look = time.monotonic() + self._patience, FIRST_LOOK
        while True:
            with spare_cursor() as cursor:
                token, is_claimed = _look(cursor, key, rejected)
                is_ours = token is None and not is_claimed and claim.take(cursor)
                if is_ours:
                    # It may have been stored, and its claim released, since that check.
                    token, _ = _look(cursor, key, rejected)
                    if token:
                        claim.release(cursor)
            if token:
                return token
            if is_ours:
                return claim.fetch(fetch)
            if time.monotonic() > deadline:
                reason = as_fact(OtherWorkerError())
                raise UnreachableError(facts=AnswerFacts("get token", reason=reason))
            wait(next_look * random.uniform(0.75, 1.25))  # noqa: S311 - spreads the looks
            next_look = min(LONGEST_LOOK, 2 * next_look)


class _Claim:
    """The right to fetch the token of `key`, once it is taken."""

    def __init__(self, key: str, seconds: float) -> None:
        self._row: dict[str, Any] = {"key": key, "holder": uuid4().hex, "seconds": seconds}
        self._renewed_at = 0.0

    def take(self, cursor: CursorWrapper) -> bool:
        """Whether the claim is ours now; another worker may have been faster."""
        self._renewed_at = time.monotonic()
        cursor.execute(_CLAIM, self._row)
        return bool(cursor.rowcount)

    def fetch(self, fetch: Fetch) -> Token:
        """Fetch and store the token; the claim ends with that, and at once where it fails."""
        try:
            token = fetch(self._renew)
            with spare_cursor() as cursor:
                _store(cursor, self._row["key"], token)
                self.release(cursor)
        except BaseException:
            # The error of the fetch matters more: without a database the claim expires.
            with suppress(DatabaseError, InterfaceError), spare_cursor() as cursor:
                self.release(cursor)
            raise
        return token

    def release(self, cursor: CursorWrapper) -> None:
        cursor.execute(_RELEASE, self._row)

    def _renew(self) -> None:
        """Throttled, since it is called several times a second. A lost claim stays lost."""
        if time.monotonic() - self._renewed_at < SECONDS_BETWEEN_RENEWALS:
            return
        self._renewed_at = time.monotonic()
        with spare_cursor() as cursor:
            cursor.execute(_RENEW, self._row)


def _look(cursor: CursorWrapper, key: str, rejected: str | None) -> tuple[Token | None, bool]:
    """The token if it can be used, and whether somebody is fetching one."""
    cursor.execute(_LOOK, [key])
    [(text, expires_at, is_claimed)] = cursor.fetchall()
    return _usable(text, expires_at, rejected), bool(is_claimed)


def _usable(text: str | None, expires_at: datetime, rejected: str | None) -> Token | None:
    if text is None:
        return None
    try:
        stored = json.loads(decrypt(text))
    except DecryptionError:
        return None  # written with a key that was removed: the same as no token
    token = Token(stored["value"], expires_at, tuple(stored["entity_ids"]))
    return token if token.value != rejected and token.is_fresh(datetime.now(UTC)) else None


def _store(cursor: CursorWrapper, key: str, token: Token) -> None:
    text = json.dumps({"value": token.value, "entity_ids": token.entity_ids})
    cursor.execute(_STORE, [key, encrypt(text), token.expires_at])
    for sweep in _SWEEPS:
        cursor.execute(sweep, [key])
