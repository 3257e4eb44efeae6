"""zwm migrate: what it deletes it says, what it changes it copies; and who migrates at all."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.processes import Mirror, terminal
from workflow_mirror.embedded import EmbeddedPostgres

FILL = """
WITH customer AS (
    INSERT INTO customers (name, zuora_client_id, zuora_client_secret, zuora_base_url,
        zuora_entity_id, zuora_org_ids, environment, is_active, needs_attention, created_at,
        updated_at)
    VALUES ('Rossi', '', '', '', '', '', '', true, '', now(), now()) RETURNING id
)
INSERT INTO workflows (customer_id, zuora_id, name, list_row, oddities, created_at, updated_at,
    description, state, version, version_id, type, priority, callout_trigger, ondemand_trigger,
    scheduled_trigger, interval, timezone, export_hash, export_fingerprint, export_error,
    draft_version, draft_hash)
SELECT id, number, 'Dunning ' || number, '{}', '[]', now(), now(),
    '', '', '', '', '', '', false, false, false, '', '', '', '', '', '', ''
FROM customer, generate_series(1, 3) AS number RETURNING 1
"""
NEWEST = "SELECT max(name) FROM django_migrations WHERE app = 'workflows'"
OUT_OF_DATE = "The database schema is out of date; run `zwm migrate`"


@pytest.fixture
def filled(own: Mirror) -> Iterator[Mirror]:
    """A data directory with a customer and three workflows; its server runs all the time."""
    with EmbeddedPostgres(own.home):
        own.ask(FILL)
        yield own


def copies(mirror: Mirror) -> list[Path]:
    return sorted((mirror.home / "backups").glob("*"))


def test_going_back_deletes_nothing_without_a_yes(filled: Mirror) -> None:
    before = filled.ask(NEWEST)
    for command in (["migrate"], ["manage", "migrate"]):
        told = filled.run(*command, "workflows", "zero", code=2)
        assert "This deletes 3 rows of workflows. " in told.complaint
        assert "confirm with --yes" in told.complaint
    assert "Make a backup first: zwm backup FILE." in told.complaint
    with terminal(filled, "migrate", "workflows", "zero") as shown:
        shown.expect("A copy of the database is made first. Continue? [y/N]")
        shown.type("n\n")
        assert "Nothing was done" in shown.finish(code=1)
    assert (filled.ask(NEWEST), filled.ask("SELECT count(*) FROM workflows")) == (before, 3)
    assert copies(filled) == []


def test_an_upgrade_waits_for_zwm_migrate_which_copies_the_rows_first(filled: Mirror) -> None:
    filled.run("migrate", "workflows", "0003", "--yes")
    older = filled.ask(NEWEST)
    for command in (["workflows", "list"], ["queue", "work", "--one-shot"], ["web", "--port", "0"]):
        assert filled.run(*command, code=1).complaint == f"zwm: {OUT_OF_DATE}"
    assert filled.ask(NEWEST) == older

    filled.run("migrate", "--no-backup")
    filled.run("migrate", "workflows", "0003", "--no-backup", "--yes")
    assert len(copies(filled)) == 1
    filled.run("migrate")

    assert len(filled.json("workflows", "list")["workflows"]) == 3
    back, forth = copies(filled)
    assert {path.stat().st_mode & 0o077 for path in (back, forth, forth.parent)} == {0}
    # All is as it was before the migration, with the tables of that time.
    restored = filled.run("migrate", "--restore", str(forth), "--yes")
    assert restored.out == f"Database restored from {forth}\n"
    assert filled.ask(NEWEST) == older
    assert filled.ask("SELECT count(*) FROM workflows") == 3


def test_what_was_deleted_on_purpose_can_be_restored(filled: Mirror) -> None:
    filled.run("migrate", "workflows", "zero", "--yes")
    [copy] = copies(filled)
    assert filled.run("migrate", "--restore", str(copy), code=2).complaint.endswith("--yes")
    with psycopg.connect(filled.url):
        told = filled.run("migrate", "--restore", str(copy), "--yes", code=1)
        assert "The database is in use: stop `zwm up`" in told.complaint
    broken = copy.with_name("broken.dump")
    broken.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    told = filled.run("migrate", "--restore", str(broken), "--yes", code=1)
    assert told.complaint.startswith(f"zwm: {broken} cannot be restored: ")
    assert filled.ask("SELECT to_regclass('workflows') IS NULL")

    filled.run("migrate", "--restore", str(copy), "--yes")

    assert len(filled.json("workflows", "list")["workflows"]) == 3


def test_where_no_copy_can_be_made_nothing_is_migrated(filled: Mirror) -> None:
    filled.run("migrate", "workflows", "0003", "--no-backup", "--yes")
    (filled.home / "backups").write_text("in the way")
    told = filled.run("migrate", code=1)
    assert "The database cannot be copied to" in told.complaint
    assert "0003" in filled.ask(NEWEST)


def test_the_tables_of_a_newer_version_are_left_alone(filled: Mirror) -> None:
    filled.ask(
        "INSERT INTO django_migrations (app, name, applied)"
        " VALUES ('workflows', '9999_future', now()), ('history', '0001_initial', now())"
        " RETURNING 1"
    )
    state = "SELECT json_agg(t)::text FROM (SELECT * FROM django_migrations ORDER BY id) AS t"
    before = filled.ask(state)
    for command in (
        ["workflows", "list"],
        ["sync-workflows", "--all"],
        ["up", "--port", "0"],
        ["migrate"],
        ["manage", "createsuperuser"],
    ):
        told = filled.run(*command, code=1).complaint
        assert told.startswith("zwm: A newer version of zwm has migrated the database")
        assert "(history.0001_initial, workflows.9999_future is not known here)" in told
    assert filled.ask(state) == before


def test_the_plan_is_shown_and_nothing_is_migrated(filled: Mirror) -> None:
    assert "The schema is up to date" in filled.run("migrate", "--check", "--plan").err
    back = filled.run("migrate", "workflows", "0003", "--plan").out
    assert re.search(r"^workflows\.0004_\w+ +undo +yes$", back, re.MULTILINE)
    filled.run("migrate", "history", "0002", "--yes", "--no-backup")
    before = filled.ask("SELECT count(*) FROM django_migrations")

    forth = filled.run("migrate", "--plan").out
    assert re.search(r"^history\.0003_list_of_changes +apply\b", forth, re.MULTILINE)
    told = filled.run("migrate", "--check", code=1).complaint
    assert re.fullmatch(r"zwm: \d+ migrations are missing; run `zwm migrate`", told)
    assert filled.ask("SELECT count(*) FROM django_migrations") == before


@pytest.mark.parametrize("command", [("queue", "work"), ("schedule", "work")], ids=" ".join)
def test_an_old_process_ends_when_a_newer_version_migrates(
    own: Mirror, command: tuple[str, ...]
) -> None:
    with EmbeddedPostgres(own.home):
        running = own.start(*command, environ={"ZWM_STALLED_AFTER": "2"})
        started = next((line for line in running.stderr if " started" in line), "")
        own.ask(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('workflows', '9999_future', now()) RETURNING 1"
        )
        told = own.finish(running, code=1).err
    assert started
    assert "A newer version of zwm has migrated the database (workflows.9999_future" in told
