"""`zwm keys`: rotation survives kill -9, and the old key is refused afterwards."""

import os
import signal
from collections.abc import Iterator

import psycopg
import pytest
from cryptography.fernet import Fernet

from tests.acceptance.processes import Mirror, eventually
from workflow_mirror.embedded import EmbeddedPostgres

CUSTOMERS = 130  # more than a batch
INSERT = """
INSERT INTO customers (name, zuora_client_id, zuora_client_secret, zuora_base_url, zuora_entity_id,
    zuora_org_ids, environment, is_active, needs_attention, created_at, updated_at)
VALUES (%s, 'id', %s, 'https://rest.zuora.com', '', '', 'test', true, '', now(), now())
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def home(own: Mirror) -> Iterator[Mirror]:
    """Its keys are in the data directory, and its server runs all the time."""
    with EmbeddedPostgres(own.home) as server, psycopg.connect(server.url) as database:
        [key] = keys_in(own)
        for number in range(CUSTOMERS):
            secret = Fernet(key).encrypt(f"secret {number}".encode()).decode()
            database.execute(INSERT, [f"Cliente {number:03}", secret])
        database.commit()
        yield own


def keys_in(mirror: Mirror) -> list[str]:
    return (mirror.home / "encryption_keys").read_text().split()


def test_a_rotation_killed_in_the_middle_loses_nothing_and_is_finished_by_the_next(
    home: Mirror,
) -> None:
    [old] = keys_in(home)
    with psycopg.connect(EmbeddedPostgres(home.home).url) as database:
        database.execute("SELECT 1 FROM customers WHERE name = 'Cliente 120' FOR UPDATE")
        process = home.start("keys", "rotate")
        with psycopg.connect(EmbeddedPostgres(home.home).url, autocommit=True) as other:
            eventually(lambda: other.execute(WAITING).fetchone() != (0,))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    found = home.json("keys", "list")
    assert [key["values"] for key in found["keys"]] == [100, CUSTOMERS - 100]
    assert (found["source"], found["unreadable"]) == ("file", [])
    assert "zwm keys rotate" in home.refused("keys", "remove-old")

    done = home.json("keys", "rotate")

    assert done["reencrypted"] == CUSTOMERS - 100
    assert home.json("keys", "remove-old") == {"removed": 1}
    [new] = keys_in(home)
    assert new != old
    assert [key["values"] for key in home.json("keys", "list")["keys"]] == [CUSTOMERS]
    refused = home.run("keys", "list", environ={"ZWM_ENCRYPTION_KEYS": old})
    assert "no key decrypts the secret of Cliente 000" in refused.err
    with psycopg.connect(EmbeddedPostgres(home.home).url) as database:
        sealed = database.execute("SELECT zuora_client_secret FROM customers ORDER BY name")
        plain = [Fernet(new).decrypt(text.encode()).decode() for (text,) in sealed]
    assert plain == [f"secret {number}" for number in range(CUSTOMERS)]
