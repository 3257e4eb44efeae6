# ruff: noqa: S607 - the commands are our own
import base64
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from workflow_mirror.home import (
    HomeError,
    Secrets,
    data_directory,
    has_database,
    prepare,
    secrets,
)

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
OLD_KEY = base64.urlsafe_b64encode(b"o" * 32).decode()

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
as_ordinary_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def one_line(*words: str) -> Iterator[None]:
    with pytest.raises(HomeError) as caught:
        yield
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_the_data_directory_is_what_zwm_home_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ZWM_HOME", "~/mirror")
    assert data_directory() == tmp_path / "mirror"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZWM_HOME", "here")
    assert data_directory() == tmp_path / "here"


@as_root
def test_roots_data_directory_lies_outside_its_private_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ZWM_HOME", raising=False)
    assert data_directory() == Path("/var/lib/zuora-workflow-mirror")


@as_ordinary_user
def test_an_ordinary_users_data_directory_is_the_usual_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ZWM_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert data_directory().is_relative_to(tmp_path)
    assert data_directory().name == "zuora-workflow-mirror"


@pytest.mark.parametrize(
    "name", ["a\nb", "a\rb", "a\x1b[31m", "a\x7f", "a\x85", os.fsdecode(b"caf\xe9")]
)
def test_a_path_that_postgresql_could_not_work_with_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    plain = tmp_path / "plain"
    plain.symlink_to(tmp_path / name)
    for given in (tmp_path / name / "home", plain / "home"):
        monkeypatch.setenv("ZWM_HOME", str(given))
        with one_line("control character", "UTF-8", "set ZWM_HOME"):
            data_directory()
    monkeypatch.delenv("ZWM_HOME")


def test_any_other_name_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tmp_path / "Größe \u00a0 'quotes' $HOME %41 \\ ; 日本 \u200b"
    monkeypatch.setenv("ZWM_HOME", str(given))
    assert data_directory() == given


def test_nobody_else_can_list_a_new_data_directory(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    prepare(home)
    assert mode(home) == (0o711 if os.geteuid() == 0 else 0o700)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("permissions", [0o700, 0o750, 0o777])
def test_the_permissions_of_a_directory_that_exists_stay_as_they_are(
    tmp_path: Path, permissions: int
) -> None:
    tmp_path.chmod(permissions)
    prepare(tmp_path)
    secrets(tmp_path, {}, create=True)
    assert mode(tmp_path) == permissions


def test_a_file_in_the_place_of_the_data_directory_is_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for home in (file, file / "below"):
        with one_line(str(home), "is not a directory", "ZWM_HOME"):
            prepare(home)


def test_a_directory_that_cannot_be_written_is_one_clear_line() -> None:
    with one_line("/proc/zwm", "cannot be used", "ZWM_HOME"):
        prepare(Path("/proc/zwm"))
    with one_line("/proc", "cannot be used"):
        prepare(Path("/proc"))


@as_ordinary_user
def test_a_directory_of_somebody_else_is_one_clear_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with one_line(str(tmp_path), "Permission denied"):
        prepare(tmp_path)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    size = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0755", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(size, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount a small file system")
    try:
        with (tmp_path / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while True:  # until it is full
                filler.write(b"0" * 4096)
        yield tmp_path
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_is_one_clear_line_and_leaves_no_half_secret(full_disk: Path) -> None:
    with one_line(str(full_disk), "No space left on device"):
        prepare(full_disk)
    with one_line(str(full_disk), "No space left on device"):
        secrets(full_disk, {}, create=True)
    assert [path.name for path in full_disk.iterdir()] == ["filler"]


def test_the_first_run_makes_secrets_that_the_owner_alone_can_read(tmp_path: Path) -> None:
    made = secrets(tmp_path, {}, create=True)
    assert len(made.secret_key) >= 50
    assert [len(base64.urlsafe_b64decode(key)) for key in made.encryption_keys] == [32]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encryption_keys", "secret_key"]
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}


def test_later_runs_find_the_same_secrets_and_write_nothing(tmp_path: Path) -> None:
    made = secrets(tmp_path, {}, create=True)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert secrets(tmp_path, {}, create=True) == made
    assert secrets(tmp_path, {}, create=False) == made
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_without_create_nothing_is_made(tmp_path: Path) -> None:
    with one_line("secret_key", "does not exist yet", "zwm up"):
        secrets(tmp_path, {}, create=False)
    assert list(tmp_path.iterdir()) == []


def test_the_environment_comes_first_and_leaves_no_file(tmp_path: Path) -> None:
    environ = {"SECRET_KEY": "given", "ZWM_ENCRYPTION_KEYS": f" {KEY} , {OLD_KEY},"}
    assert secrets(tmp_path, environ, create=True) == Secrets("given", (KEY, OLD_KEY))
    assert list(tmp_path.iterdir()) == []


def test_a_single_missing_secret_is_made_beside_a_given_one(tmp_path: Path) -> None:
    found = secrets(tmp_path, {"ZWM_ENCRYPTION_KEYS": KEY}, create=True)
    assert found.encryption_keys == (KEY,)
    assert (tmp_path / "secret_key").read_text().strip() == found.secret_key
    assert not (tmp_path / "encryption_keys").exists()


def test_a_new_key_on_top_of_the_file_is_the_newest(tmp_path: Path) -> None:
    file = tmp_path / "encryption_keys"
    file.touch(0o600)
    file.write_text(f"# of May\n{KEY}\n\n{OLD_KEY}\n")
    assert secrets(tmp_path, {}, create=True).encryption_keys == (KEY, OLD_KEY)


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ZWM_ENCRYPTION_KEYS"])
def test_an_external_database_needs_given_secrets(tmp_path: Path, missing: str) -> None:
    secrets(tmp_path, {}, create=True)  # of an earlier life with the embedded database
    environ = {
        "DATABASE_URL": "postgresql://db.example/zwm",
        "SECRET_KEY": "given",
        "ZWM_ENCRYPTION_KEYS": KEY,
    }
    del environ[missing]
    with one_line(missing, "DATABASE_URL", "python3 -c"):
        secrets(tmp_path, environ, create=True)


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ZWM_ENCRYPTION_KEYS"])
def test_the_command_that_the_error_names_makes_a_value(tmp_path: Path, missing: str) -> None:
    environ = {"DATABASE_URL": "x", "SECRET_KEY": "given", "ZWM_ENCRYPTION_KEYS": KEY}
    environ[missing] = ""
    with pytest.raises(HomeError) as caught:
        secrets(tmp_path, environ, create=True)
    named = re.search(r'python3 -c "(.+)"', str(caught.value))
    assert named
    code = named[1]
    value = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    secrets(tmp_path, environ | {missing: value}, create=True)


def test_a_malformed_key_is_named_by_its_variable_and_never_shown(tmp_path: Path) -> None:
    wrong = "not-a-key-but-still-a-secret"
    with pytest.raises(HomeError) as caught:
        secrets(tmp_path, {"ZWM_ENCRYPTION_KEYS": f"{KEY},{wrong}"}, create=True)
    assert "ZWM_ENCRYPTION_KEYS: key number 2" in str(caught.value)
    assert wrong not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_malformed_key_in_the_file_is_named_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "encryption_keys"
    file.touch(0o600)
    file.write_text("half\n")
    with one_line(f"{file}: key number 1"):
        secrets(tmp_path, {}, create=True)
    file.write_text("")
    with one_line(f"{file} holds no key", "backup"):
        secrets(tmp_path, {}, create=True)


@pytest.mark.parametrize("name", ["secret_key", "encryption_keys"])
@pytest.mark.parametrize("permissions", [0o604, 0o640, 0o660])
def test_a_file_that_others_can_read_is_refused(
    tmp_path: Path, name: str, permissions: int
) -> None:
    secrets(tmp_path, {}, create=True)
    (tmp_path / name).chmod(permissions)
    with one_line(f"chmod 600 {tmp_path / name}"):
        secrets(tmp_path, {}, create=True)


@pytest.mark.parametrize("sign", ["location", "cluster/data/PG_VERSION"])
def test_a_lost_encryption_key_of_an_existing_database_is_not_replaced(
    tmp_path: Path, sign: str
) -> None:
    secrets(tmp_path, {}, create=True)
    file = tmp_path / "database" / sign
    file.parent.mkdir(parents=True)
    file.touch()
    assert has_database(tmp_path)
    (tmp_path / "encryption_keys").unlink()
    with one_line(str(tmp_path / "encryption_keys"), "restore", "ZWM_ENCRYPTION_KEYS"):
        secrets(tmp_path, {}, create=True)
    assert not (tmp_path / "encryption_keys").exists()
    assert secrets(tmp_path, {"ZWM_ENCRYPTION_KEYS": KEY}, create=True).encryption_keys == (KEY,)


def test_the_repr_shows_no_secret() -> None:
    shown = f"{Secrets('given', (KEY,))!r} {Secrets('given', (KEY,))}"
    assert "given" not in shown
    assert KEY not in shown


def test_processes_that_start_at_the_same_moment_agree(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code = (
        "import sys, pathlib; from workflow_mirror.home import secrets\n"
        "sys.stdin.readline()\n"
        "made = secrets(pathlib.Path(sys.argv[1]), {}, create=True)\n"
        "print(made.secret_key, *made.encryption_keys)"
    )
    command = [sys.executable, "-c", code, str(home)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    for process in started:  # all wait for their line by now, or soon
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    printed = {process.communicate(timeout=60)[0] for process in started}
    found = secrets(home, {}, create=False)
    assert printed == {f"{found.secret_key} {found.encryption_keys[0]}\n"}
    assert len(list(home.iterdir())) == 2
