"""The drills: a lost mirror comes back, and moves, with every row and every secret."""

import json
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.conftest import new_parent
from tests.acceptance.own_postgres import OwnPostgres, posing_as_newer
from tests.acceptance.processes import Mirror, end, eventually, terminal
from workflow_mirror.backup import contents
from workflow_mirror.backup.contents import Manifest, program_version
from workflow_mirror.backup.places import checksums
from workflow_mirror.database import MIGRATION_LOCK
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.embedded.transfer import newest_server
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant

PHRASE = "correct horse battery"
# Heartbeat and progress go on, and the backup itself is recorded.
LIVING = {"public.job_workers", "public.job_manager", "public.audit_events"}


@pytest.fixture
def phrase(tmp_path: Path) -> str:
    file = tmp_path / "passphrase"
    file.write_text(PHRASE + "\n")
    return f"--passphrase-file={file}"


@pytest.fixture
def filled(own: Mirror, add_tenant: Callable[..., Tenant], zuora_server: Server) -> Mirror:
    """A mirror with a customer whose workflows are synced; its server is stopped."""
    add_customer(own, add_tenant(6), zuora_server, "Rossi")
    own.sync("Rossi")
    own.secrets.add(PHRASE)
    return own


@pytest.fixture
def elsewhere() -> Iterator[Mirror]:
    """A machine on which zwm has never run."""
    with new_parent() as parent:
        yield Mirror(parent / "home", secrets={PHRASE})


def add_customer(mirror: Mirror, tenant: Tenant, server: Server, name: str) -> None:
    words = ["--base-url", server.base_url, "--client-id", tenant.client_id]
    mirror.secrets.add(tenant.client_secret)
    mirror.run(
        "customers", "add", name, *words, "--client-secret-stdin", input=tenant.client_secret
    )


def rows(mirror: Mirror) -> dict[str, Any]:
    with psycopg.connect(mirror.url, autocommit=True) as connection:
        return checksums(connection)


def settled(mirror: Mirror) -> dict[str, Any]:
    """The rows of a sync that waits for Zuora, once it has stored what had arrived before."""
    found: list[dict[str, Any]] = [{}, {}]

    def is_settled() -> bool:
        time.sleep(0.5)
        found[:] = [found[1], rows(mirror)]
        return all(found[0].get(name) == found[1][name] for name in found[1] if name not in LIVING)

    eventually(is_settled)
    return found[1]


def all_rows(mirror: Mirror) -> dict[str, Any]:
    with EmbeddedPostgres(mirror.home):
        return rows(mirror)


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """The tables whose rows differ."""
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


def newest_event(mirror: Mirror, action: str) -> Any:
    """Of the command's own user, in the audit log of this mirror."""
    [event, *_] = mirror.json("audit", "list")["events"]
    assert event["action"] == action
    assert event["actor"].startswith("cli:")
    return event


def test_a_lost_mirror_comes_back_from_a_backup_made_during_a_sync(
    filled: Mirror,
    elsewhere: Mirror,
    phrase: str,
    tmp_path: Path,
    zuora: FakeZuora,
    add_tenant: Callable[..., Tenant],
    zuora_server: Server,
) -> None:
    file = str(tmp_path / "zwm.backup")
    tenant = add_tenant(20)
    add_customer(filled, tenant, zuora_server, "Bianchi")
    fault = zuora.fail("slow", on="export", tenant=tenant, times=None, after=8, seconds=60)
    with EmbeddedPostgres(filled.home):
        syncing = filled.start("sync-workflows", "--sync", "--customer", "Bianchi")
        try:
            eventually(lambda: fault.used)
            before = settled(filled)
            filled.run("backup", file, phrase)
            after = rows(filled)
        finally:
            end(syncing)
    zuora.clear_faults()
    assert (tmp_path / "zwm.backup").stat().st_mode & 0o777 == 0o600
    keys = (filled.home / "encryption_keys").read_text()
    EmbeddedPostgres(filled.home).destroy()
    shutil.rmtree(filled.home)

    restored = elsewhere.json("restore", file, phrase)

    assert restored["is_behind"] is False
    assert (elsewhere.home / "encryption_keys").read_text() == keys
    found = all_rows(elsewhere)
    assert found["public.workflows"][0] > 6
    assert {name for name in found if found[name] not in (before[name], after[name])} <= LIVING
    assert {name for name in found if before[name] != after[name]} <= LIVING
    # The credentials are decrypted, and Zuora accepts them.
    elsewhere.secrets |= filled.secrets
    assert newest_event(elsewhere, "backup_restored")["details"]["made_at"]
    assert elsewhere.sync("Bianchi")["stats"]["total"] == 20
    assert elsewhere.sync("Rossi")["stats"]["unchanged"] == 6


def test_a_backup_that_cannot_be_used_is_told_and_nothing_is_left_behind(
    filled: Mirror, elsewhere: Mirror, phrase: str, tmp_path: Path
) -> None:
    file, cut, newer = (tmp_path / name for name in ("zwm.backup", "cut", "newer"))
    filled.run("backup", str(file), phrase)
    cut.write_bytes(file.read_bytes()[:-100])
    wrong = tmp_path / "wrong"
    wrong.write_text("another passphrase\n")
    with file.open("rb") as opened, newer.open("wb") as written:
        manifest, sql = contents.read(opened, PHRASE)
        future = Manifest.read(
            json.dumps(
                vars(manifest) | {"migrations": [*manifest.migrations, ("workflows", "9999_x")]}
            ).encode()
        )
        contents.write(written, PHRASE, future, sql)
    for arguments, said in (
        ([str(file), f"--passphrase-file={wrong}"], "The passphrase is wrong"),
        ([str(cut), phrase], "The backup is damaged or incomplete"),
        ([str(newer), phrase], f"version of zwm ({program_version()}; workflows.9999_x is not"),
    ):
        assert said in elsewhere.refused("restore", *arguments)
        left = [path.name for path in elsewhere.home.glob("*")] if elsewhere.home.exists() else []
        assert not {"encryption_keys", "secret_key"} & set(left)
        assert not list(elsewhere.home.glob("database/cluster/*"))
    assert "use --passphrase-file" in elsewhere.refused("restore", str(file), code=2)
    before = all_rows(filled)
    assert "has a database already" in filled.refused("restore", str(file), phrase)
    assert all_rows(filled) == before
    elsewhere.run("restore", str(file), phrase)
    restored = all_rows(elsewhere)  # the audit log has the restore
    assert {name for name in before if restored[name] != before[name]} == {"public.audit_events"}


def test_a_restore_that_was_killed_is_not_taken_for_a_new_mirror(
    filled: Mirror, elsewhere: Mirror, phrase: str, tmp_path: Path
) -> None:
    file, mark = str(tmp_path / "zwm.backup"), elsewhere.home / "restore-unfinished"
    filled.run("backup", file, phrase)
    restoring = elsewhere.start("restore", file, phrase)
    eventually(mark.exists)
    restoring.kill()
    elsewhere.finish(restoring, code=None)
    for command in (["customers", "list"], ["migrate"], ["up"]):
        assert "was interrupted: run it again" in elsewhere.run(*command, code=1).err
    elsewhere.run("restore", file, phrase)
    assert not mark.exists()
    assert len(elsewhere.json("workflows", "list")["workflows"]) == 6


def test_a_backup_of_an_older_version_is_migrated_next(
    filled: Mirror, elsewhere: Mirror, phrase: str, tmp_path: Path
) -> None:
    file = str(tmp_path / "zwm.backup")
    filled.run("migrate", "history", "0002", "--yes", "--no-backup")
    filled.run("backup", file, phrase)
    assert "run `zwm migrate` next" in elsewhere.run("restore", file, phrase).err
    assert "out of date" in elsewhere.refused("workflows", "list")
    elsewhere.run("migrate")
    assert len(elsewhere.json("workflows", "list")["workflows"]) == 6


def test_a_backup_that_does_not_end_leaves_the_earlier_one(
    filled: Mirror, phrase: str, tmp_path: Path
) -> None:
    file, part = tmp_path / "zwm.backup", tmp_path / "zwm.backup.part"
    filled.run("backup", str(file), phrase)
    earlier = file.read_bytes()
    full_disk = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (20_000, 20_000))
    with EmbeddedPostgres(filled.home):
        told = filled.refused("backup", str(file), phrase, preexec_fn=full_disk)
        assert told == f"{file} cannot be written: File too large"
        assert (file.read_bytes(), part.exists()) == (earlier, False)
        with psycopg.connect(filled.url) as holding:
            holding.execute("LOCK TABLE tasks")
            for number, leaves in ((signal.SIGTERM, False), (signal.SIGKILL, True)):
                waiting = filled.start("backup", str(file), phrase)
                eventually(part.exists)
                told = filled.refused("backup", str(file), phrase)
                assert told == f"Another process is writing {part}: try again later"
                waiting.send_signal(number)
                filled.finish(waiting, code=None)
                assert (file.read_bytes(), part.exists()) == (earlier, leaves)
            assert part.stat().st_mode & 0o077 == 0
        filled.run("backup", str(file), phrase)
        assert (file.read_bytes() != earlier, part.exists()) == (True, False)
    (tmp_path / "notes").write_text("of mine")
    told = filled.refused("backup", str(tmp_path / "notes"), phrase)
    assert told.endswith("exists and is not a backup: choose another name")


def test_the_passphrase_is_asked_for_twice_and_never_shown(filled: Mirror, tmp_path: Path) -> None:
    file = tmp_path / "zwm.backup"
    for again, code, said in ((PHRASE, 0, "Backup written"), ("another one", 1, "differ")):
        with terminal(filled, "backup", str(file)) as shown:
            shown.expect("Passphrase: ")
            shown.type(f"{PHRASE}\n")
            shown.expect("Passphrase again: ")
            shown.type(f"{again}\n")
            assert said in shown.finish(code)
    assert "No terminal" in filled.refused("backup", str(file), code=2)
    short = tmp_path / "short"
    short.write_text("short\n")
    told = filled.refused("backup", str(file), f"--passphrase-file={short}", code=2)
    assert told == "The passphrase must have at least 12 characters"


def test_secrets_whose_key_is_lost_are_kept_and_told(
    filled: Mirror, phrase: str, tmp_path: Path
) -> None:
    with EmbeddedPostgres(filled.home):
        filled.ask("UPDATE customers SET zuora_client_secret = 'gAAAAA' RETURNING 1")
    done = filled.run("backup", str(tmp_path / "zwm.backup"), phrase, "--json", code=3)
    assert done.json["undecryptable"] == 1
    assert done.complaint.startswith("1 stored secrets cannot be decrypted")


def test_the_mirror_moves_to_an_own_postgresql_and_back(
    filled: Mirror, elsewhere: Mirror, own_postgres: OwnPostgres, phrase: str, tmp_path: Path
) -> None:
    filled.secrets.add("hidden")
    with EmbeddedPostgres(filled.home):
        before = rows(filled)
        with psycopg.connect(filled.url, application_name="zwm 1@other"):
            told = filled.refused("move", "--to", own_postgres.url)
        assert told.startswith("The mirror is in use (zwm 1@other): stop the workers")
        address = tmp_path / "url"
        address.write_text(own_postgres.url + "\n")
        moved = filled.json("move", "--to-file", str(address))
        assert moved["rows"] == {name: count for name, (count, _) in before.items()}
        told = filled.refused("move", "--to-file", str(address))
        assert told == "The target database is not empty: create a new one"
        assert rows(filled) == before
    assert "is not the URL" in filled.refused("move", "--to", "mysql://zwm:hidden@db/zwm")
    assert "already" in filled.refused("move", "--to", "embedded")

    keys = (filled.home / "encryption_keys").read_text().strip()
    elsewhere.environ |= {
        "DATABASE_URL": own_postgres.url, "SECRET_KEY": "only-for-tests",
        "ZWM_ENCRYPTION_KEYS": keys,
    }  # fmt: skip
    elsewhere.secrets |= {"hidden", keys} | filled.secrets
    assert newest_event(elsewhere, "mirror_moved")["target"] == ""
    assert differing(rows(elsewhere), before) == {"public.audit_events"}
    assert elsewhere.sync("Rossi")["stats"]["unchanged"] == 6
    after = rows(elsewhere)
    told = elsewhere.refused("move", "--to", "embedded", environ={"ZWM_HOME": str(filled.home)})
    assert told.startswith(f"{filled.home} has a database already: set ZWM_HOME to a new")
    elsewhere.run("move", "--to", "embedded")
    elsewhere.environ.clear()
    assert differing(all_rows(elsewhere), after) == {"public.audit_events"}
    assert newest_event(elsewhere, "mirror_moved")["target"] == "embedded"
    assert elsewhere.sync("Rossi")["stats"]["unchanged"] == 6


def test_a_backup_is_restored_into_an_own_postgresql_with_its_keys(
    filled: Mirror, elsewhere: Mirror, own_postgres: OwnPostgres, phrase: str, tmp_path: Path
) -> None:
    file = str(tmp_path / "zwm.backup")
    filled.run("backup", file, phrase)
    elsewhere.environ["DATABASE_URL"] = own_postgres.url
    assert "add --keys-to" in elsewhere.refused("restore", file, phrase)
    elsewhere.run("restore", file, phrase, "--keys-to", str(tmp_path / "keys"))
    keys = (tmp_path / "keys" / "encryption_keys").read_text().strip()
    assert keys == (filled.home / "encryption_keys").read_text().strip()
    elsewhere.secrets |= {"hidden", keys} | filled.secrets
    elsewhere.environ |= {"SECRET_KEY": "only-for-tests", "ZWM_ENCRYPTION_KEYS": keys}
    assert elsewhere.sync("Rossi")["stats"]["unchanged"] == 6
    assert "not empty" in elsewhere.refused("restore", file, phrase)


def test_a_server_newer_than_pg_dump_is_refused_before_anything_is_written(
    elsewhere: Mirror, own_postgres: OwnPostgres, phrase: str, tmp_path: Path
) -> None:
    keys = "A" * 43 + "="
    elsewhere.environ |= {"SECRET_KEY": "only-for-tests", "ZWM_ENCRYPTION_KEYS": keys}
    elsewhere.secrets |= {"hidden", keys}
    part = tmp_path / "zwm.backup.part"
    part.write_text("left by a process that was killed")
    with posing_as_newer(own_postgres, tmp_path) as url:
        elsewhere.environ["DATABASE_URL"] = url
        elsewhere.run("migrate")
        for arguments in (
            ["backup", str(tmp_path / "zwm.backup"), phrase],
            ["move", "--to", "embedded"],
        ):
            told = elsewhere.refused(*arguments)
            assert told.startswith("The database server is PostgreSQL 99, newer than the bundled")
            assert f"pg_dump {newest_server()}: update zwm" in told
    assert part.read_text() == "left by a process that was killed"
    assert not elsewhere.home.exists()


WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def test_a_backup_and_a_migration_wait_for_each_other(
    filled: Mirror, phrase: str, tmp_path: Path
) -> None:
    file = str(tmp_path / "zwm.backup")
    with EmbeddedPostgres(filled.home):
        before = rows(filled)
        with psycopg.connect(filled.url) as holding:
            # pg_dump waits for its second table; by then the backup has read the customers.
            holding.execute("LOCK TABLE django_content_type")
            backup = filled.start("backup", file, phrase)
            eventually(lambda: filled.ask(WAITING) == 1)
            back = filled.start("migrate", "customers", "0004", "--yes", "--no-backup")
            eventually(lambda: filled.ask(WAITING) == 2)
        filled.finish(backup)
        assert "Waiting until another migration or a backup has ended" in filled.finish(back).err

        with psycopg.connect(filled.url) as migrating:
            migrating.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            backup = filled.start("backup", str(tmp_path / "later.backup"), phrase)
            eventually(lambda: filled.ask(WAITING) == 1)
            assert not list(tmp_path.glob("later*"))
        filled.finish(backup)
    EmbeddedPostgres(filled.home).destroy()
    shutil.rmtree(filled.home)
    filled.run("restore", file, phrase)
    after = all_rows(filled)
    assert {name for name in before if before[name] != after[name]} <= LIVING
