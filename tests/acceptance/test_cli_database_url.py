"""zwm on a PostgreSQL server of the operator's own: the oldest that is installed here."""

import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest

from tests.acceptance.conftest import KEY
from tests.acceptance.own_postgres import OwnPostgres
from tests.acceptance.processes import Mirror, eventually, free_port, side_by_side
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant

GIVEN = {"SECRET_KEY": "only-for-tests", "ZWM_ENCRYPTION_KEYS": KEY}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Mirror:
    """A host that is given its secrets, and has no data directory."""
    return Mirror(tmp_path / "unused", dict(GIVEN), secrets={"hidden", KEY})


def test_everything_works_on_the_oldest_postgresql_and_survives_its_restart(
    elsewhere: Mirror,
    own_postgres: OwnPostgres,
    zuora: FakeZuora,
    add_tenant: Callable[..., Tenant],
    zuora_server: Server,
) -> None:
    elsewhere.environ["DATABASE_URL"] = own_postgres.url
    said = elsewhere.refused("customers", "list")
    assert said == "The database schema is out of date; run `zwm migrate`"
    both = [elsewhere.start("migrate") for _ in range(2)]  # two hosts at once
    told = [elsewhere.finish(one).out for one in both]
    assert ["Applying" in out for out in told].count(True) == 1

    tenant = add_tenant(20)
    elsewhere.secrets.add(tenant.client_secret)
    words = ["--base-url", zuora_server.base_url, "--client-id", tenant.client_id]
    elsewhere.run(
        "customers", "add", tenant.name, *words, "--client-secret-stdin",
        input=tenant.client_secret,
    )  # fmt: skip
    fault = zuora.fail("slow", on="export", tenant=tenant, times=None, after=10, seconds=1)
    running = elsewhere.start("sync-workflows", "--sync", "--all", "--json")
    eventually(lambda: fault.used or running.poll() is not None)
    own_postgres.stop()
    own_postgres.start()
    [failed] = elsewhere.finish(running, code=1).json["results"]
    assert "database" in failed["error"]
    assert elsewhere.half_written() == 0

    zuora.clear_faults()
    assert elsewhere.sync(tenant.name)["stats"]["total"] == 20
    assert elsewhere.sync(tenant.name)["stats"]["unchanged"] == 20
    assert len(elsewhere.json("workflows", "list")["workflows"]) == 20
    assert elsewhere.half_written() == 0
    assert not elsewhere.home.exists()


class PgBouncer:
    """A connection pooler in front of a server."""

    def __init__(self, server: OwnPostgres, mode: str) -> None:
        port = free_port()
        place = server.place / mode
        place.mkdir()
        (place / "ini").write_text(
            f"[databases]\nzwm = host={server.place} port=5432 user=zwm\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = {mode}\nlogfile = {place}/log\n"
        )
        for path in (place, place / "ini"):
            path.chmod(0o777)
        self._process = subprocess.Popen(
            [str(shutil.which("pgbouncer")), "-q", str(place / "ini")],
            **server.as_user,  # type: ignore[call-overload]  # of subprocess.Popen
        )
        self.url = f"postgresql://zwm@127.0.0.1:{port}/zwm?sslmode=disable&gssencmode=disable"
        eventually(self._listens)

    def _listens(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.url).close()
            return True
        return False

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)


def test_a_connection_pooler_must_be_in_session_mode(
    elsewhere: Mirror, own_postgres: OwnPostgres
) -> None:
    if not shutil.which("pgbouncer"):
        pytest.skip("PgBouncer is not installed")
    refusals = {
        "transaction": "is reached through a connection pooler in transaction mode",
        "statement": "transaction blocks not allowed in statement pooling mode",
    }
    for mode in ("session", *refusals):
        pooler = PgBouncer(own_postgres, mode)
        elsewhere.environ["DATABASE_URL"] = pooler.url
        try:
            if mode == "session":
                elsewhere.run("migrate")
                assert elsewhere.json("customers", "list") == {"customers": []}
            else:
                assert refusals[mode] in elsewhere.refused("customers", "list")
        finally:
            pooler.stop()


def test_a_database_of_another_encoding_is_refused(
    elsewhere: Mirror, own: Mirror, own_postgres: OwnPostgres
) -> None:
    own_postgres.execute("CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    url = own_postgres.url.replace("/zwm?", "/old?")
    elsewhere.environ["DATABASE_URL"] = url
    said = elsewhere.refused("customers", "list")
    assert "The database old on " in said
    assert "has the encoding LATIN1, which cannot store every name: create it with ENCO" in said
    assert "has the encoding LATIN1: create it" in own.refused("move", "--to", url)


def test_a_database_that_cannot_be_written_is_read_and_says_what_to_do(
    elsewhere: Mirror, own_postgres: OwnPostgres
) -> None:
    elsewhere.environ["DATABASE_URL"] = own_postgres.url
    read_only = "ALTER DATABASE zwm SET default_transaction_read_only TO {}"
    own_postgres.execute(read_only.format("on"))
    assert "The database is read-only: allow writes" in elsewhere.run("migrate", code=1).complaint
    own_postgres.execute(read_only.format("off"))
    elsewhere.run("migrate")
    own_postgres.execute(read_only.format("on"))
    assert elsewhere.json("customers", "list") == {"customers": []}
    said = elsewhere.refused("schedule", "enable", "sync-customer-workflows")
    assert said.startswith("The database is read-only: allow writes")


def test_the_secrets_must_be_given_with_a_database_url(elsewhere: Mirror) -> None:
    elsewhere.environ["DATABASE_URL"] = "postgresql://zwm:hidden@127.0.0.1:9/zwm"
    for name in GIVEN:
        said = elsewhere.refused("customers", "list", environ={name: ""})
        assert said.startswith(f"{name} is not set. With DATABASE_URL it must be given")
    assert not elsewhere.home.exists()


UNUSABLE = {
    "postgresql://zwm:hidden@127.0.0.1:9/zwm": (
        "The database zwm on 127.0.0.1 cannot be reached: connection failed: connection to server"
        ' at "127.0.0.1", port 9 failed: Connection refused. Check that it is running, and'
        " DATABASE_URL"
    ),
    "postgresql://zwm:hidden@nowhere.invalid/zwm": (
        "The database zwm on nowhere.invalid cannot be reached: "
    ),
    "mysql://zwm:hidden@127.0.0.1/zwm": "DATABASE_URL is not the URL of a PostgreSQL database",
    "sqlite:///zwm.sqlite3": "DATABASE_URL is not the URL of a PostgreSQL database",
    "hidden": "DATABASE_URL is not the URL of a PostgreSQL database",
    "postgresql://zwm:hidden@127.0.0.1": "DATABASE_URL is not the URL of a PostgreSQL database",
}


def test_a_database_url_that_leads_nowhere_is_told_without_its_password(elsewhere: Mirror) -> None:
    def refuse(url: str) -> str:
        return elsewhere.refused("customers", "list", environ={"DATABASE_URL": url})

    for said, reason in zip(side_by_side(refuse, UNUSABLE), UNUSABLE.values(), strict=True):
        assert said.startswith(reason)


def test_a_server_that_is_not_postgresql_is_told(elsewhere: Mirror, zuora_server: Server) -> None:
    url = f"postgresql://zwm:hidden@127.0.0.1:{zuora_server.port}/zwm"
    said = elsewhere.refused("customers", "list", environ={"DATABASE_URL": url})
    assert said.startswith("The database zwm on 127.0.0.1 cannot be reached: ")


def message(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + 4).to_bytes(4) + body


WELCOME = (
    message(b"R", bytes(4))
    + message(b"S", b"server_version\x0014.9\0")
    + message(b"S", b"client_encoding\0UTF8\0")
    + message(b"S", b"server_encoding\0UTF8\0")
    + message(b"S", b"standard_conforming_strings\0on\0")
    + message(b"S", b"TimeZone\0UTC\0")
    + message(b"K", bytes(8))
    + message(b"Z", b"I")
)


@pytest.fixture
def old_postgres() -> Iterator[str]:
    """What PostgreSQL 14 says of itself when somebody connects."""

    def welcome() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(WELCOME)
            connection.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        thread = Thread(target=welcome)
        thread.start()
        port = listener.getsockname()[1]
        yield f"postgresql://zwm@127.0.0.1:{port}/zwm?sslmode=disable&gssencmode=disable"
        thread.join()


def test_a_server_that_is_too_old_is_told(elsewhere: Mirror, old_postgres: str) -> None:
    said = elsewhere.refused("customers", "list", environ={"DATABASE_URL": old_postgres})
    assert said == (
        "The database zwm on 127.0.0.1 cannot be used: PostgreSQL 15 or later is required"
        " (found 14.9)."
    )


def test_an_invalid_setting_ends_every_command_before_anything_is_started(
    mirror: Mirror, fresh: Mirror
) -> None:
    never = {
        "ZWM_LOG_FORMAT": ("xml", "ZWM_LOG_FORMAT must be console or json, not 'xml'"),
        "ZWM_SYNC_TRIES": ("0", "ZWM_SYNC_TRIES must be a whole number from 1 to 100, not '0'"),
    }
    for name, (value, sentence) in never.items():
        for command in (["customers", "list"], ["demo", "--once"]):
            assert mirror.refused(*command, environ={name: value}) == sentence
    wrong = {"ZWM_TRUSTED_PROXIES": "127.0.0.1,*"}
    for command in (["up"], ["web"], ["queue", "work"], ["migrate"], ["manage", "check"]):
        done = fresh.run(*command, code=1, environ=wrong)
        assert done.complaint.startswith("zwm: ZWM_TRUSTED_PROXIES must hold IP addresses")
    assert not (fresh.home / "database").exists()


def test_a_misspelt_setting_is_told_and_the_command_goes_on(mirror: Mirror) -> None:
    done = mirror.run("customers", "list", environ={"ZWM_KEEP_RUN_DAYS": "1"})
    assert "ZWM_KEEP_RUN_DAYS: did you mean ZWM_KEEP_RUNS_DAYS?" in done.err
    assert "Unknown environment variable" not in mirror.run("customers", "list").err


def test_the_web_admin_outlives_the_database(own_postgres: OwnPostgres, elsewhere: Mirror) -> None:
    """And says what is the matter: in words, and as JSON to pages that update themselves."""
    given = {"DATABASE_URL": own_postgres.url}
    elsewhere.run("migrate", environ=given)
    process = elsewhere.start("web", "--port", "0", environ=given)
    try:
        address = next(line for line in process.stderr if "http://" in line).split()[-1]
        assert fetch(f"{address}admin/").status == 200  # the log-in page
        own_postgres.stop()
        away = fetch(f"{address}admin/")
        assert (away.status, away.headers["Retry-After"]) == (503, "30")
        assert "Database not available" in away.text
        live = fetch(f"{address}admin/jobs/jobrun/live/", Accept="application/json")
        assert (live.status, list(json.loads(live.text))) == (503, ["error"])
        assert fetch(f"{address}static/web/js/web.js").status == 200
        own_postgres.start()
        eventually(lambda: fetch(f"{address}admin/").status == 200)
    finally:
        process.terminate()
        elsewhere.finish(process, code=None)


class Fetched(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str


def fetch(address: str, **headers: str) -> Fetched:
    """As a browser with a session that the server has to look up."""
    asked = Request(address, headers={"Cookie": f"sessionid={'x' * 32}", **headers})  # noqa: S310 - ours
    try:
        with urlopen(asked) as answer:  # noqa: S310 - as above
            return Fetched(answer.status, dict(answer.headers), answer.read().decode())
    except HTTPError as error:
        with error:
            return Fetched(error.code, dict(error.headers), error.read().decode())
