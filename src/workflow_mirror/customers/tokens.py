"""The tokens of all workers, in the database: one fetches, the others wait and take it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable

from workflow_mirror.customers.encryption import decrypt, encrypt
from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.customers.spare_connections import spare_cursor
from workflow_mirror.zuora.auth import Token
from workflow_mirror.zuora.errors import AnswerFacts, UnreachableError

# Longer than one token call can take: Zuora itself gives up after 120 seconds.
PATIENCE = 150.0


class DatabaseTokenStore:
    """Implements zuora.auth.TokenStore.

    Called from the threads that download, so it works on a spare connection. Whoever fetches holds
    a lock named after the token's key until the token is stored, so that hundreds of workers make
    one call. Whoever waits for it longer than `patience` seconds gets an UnreachableError.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience

    def obtain(self, key: str, fetch: Callable[[], Token], rejected: str | None) -> Token:
        with spare_cursor() as cursor:
            token = _usable(cursor, key, rejected)
            if token is None:
                _lock(cursor, key, self._patience)
                token = _usable(cursor, key, rejected) or _store(cursor, key, fetch())
            return token


def _lock(cursor: CursorWrapper, key: str, patience: float) -> None:
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{int(patience * 1000)}ms"])
    try:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        facts = AnswerFacts("get token", reason="another worker is still waiting for its answer")
        raise UnreachableError(facts=facts) from error


def _usable(cursor: CursorWrapper, key: str, rejected: str | None) -> Token | None:
    cursor.execute("SELECT token, expires_at FROM zuora_tokens WHERE key = %s", [key])
    row = cursor.fetchone()
    if row is None:
        return None
    try:
        stored = json.loads(decrypt(row[0]))
    except DecryptionError:
        return None  # written with a key that has gone: as good as no token
    token = Token(stored["value"], row[1], tuple(stored["entity_ids"]))
    return token if token.value != rejected and token.is_fresh(datetime.now(UTC)) else None


def _store(cursor: CursorWrapper, key: str, token: Token) -> Token:
    text = json.dumps({"value": token.value, "entity_ids": token.entity_ids})
    cursor.execute(
        "INSERT INTO zuora_tokens (key, token, expires_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (key) DO UPDATE"
        " SET token = EXCLUDED.token, expires_at = EXCLUDED.expires_at",
        [key, encrypt(text), token.expires_at],
    )
    # Rows that others are renewing at this moment are left to them: to wait for each other here
    # would be a deadlock.
    cursor.execute(
        "DELETE FROM zuora_tokens WHERE key IN (SELECT key FROM zuora_tokens"
        " WHERE expires_at < now() AND key <> %s FOR UPDATE SKIP LOCKED)",
        [key],
    )
    return token
