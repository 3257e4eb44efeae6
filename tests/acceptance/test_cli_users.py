"""zwm users, with real processes."""

from pathlib import Path

from tests.acceptance.processes import Mirror, terminal

KEYS = {
    "username", "name", "email", "is_active", "has_password", "two_factor", "groups",
    "customers", "last_login", "created_at",
}  # fmt: skip
PASSWORD = "correct horse battery"


def password_file(folder: Path, text: str = f"{PASSWORD}\n") -> str:
    file = folder / "password"
    file.write_text(text)
    return str(file)


def test_a_user_is_added_listed_deactivated_and_activated(mirror: Mirror, tmp_path: Path) -> None:
    mirror.secrets.add(PASSWORD)
    file = password_file(tmp_path)
    options = ["--group", "Viewers", "--all-customers", "--password-file", file]
    added = mirror.json("users", "add", "ada", *options)["user"]
    assert set(added) == KEYS
    assert (added["groups"], added["customers"], added["has_password"]) == (["Viewers"], None, True)
    assert mirror.json("users", "list")["users"] == [added]
    assert mirror.json("users", "deactivate", "ada")["user"]["is_active"] is False
    assert mirror.run("users", "activate", "ada").out == "ada activated\n"
    reset = mirror.json("users", "reset-two-factor", "ada")
    assert reset["user"]["two_factor"] is False
    [row] = [
        line for line in mirror.run("users", "list").out.splitlines() if line.startswith("ada ")
    ]
    assert row.split() == ["ada", "yes", "Viewers", "all", "never"]


def test_a_link_goes_to_standard_output_alone(mirror: Mirror) -> None:
    site = "https://mirror.example.com"
    added = mirror.run("users", "add", "bea", "--link", "--url", f"{site}/")
    assert added.out.startswith(f"{site}/log-in/")
    assert len(added.out.splitlines()) == 1
    renewed = mirror.json("users", "password", "bea", "--link")
    assert renewed["link"].startswith("http://127.0.0.1:8000/log-in/")
    assert renewed["user"]["has_password"] is False


def test_a_password_is_asked_for_on_a_terminal_twice(mirror: Mirror) -> None:
    mirror.run("users", "add", "carla", "--link")
    with terminal(mirror, "users", "password", "carla") as shown:
        shown.expect("Password: ")
        shown.type(f"{PASSWORD}\n")
        shown.expect("Password again: ")
        shown.type(f"{PASSWORD}\n")
        shown.expect("Password of carla changed")
        assert PASSWORD not in shown.shown


def test_without_a_terminal_a_password_is_not_guessed(mirror: Mirror, tmp_path: Path) -> None:
    said = mirror.refused("users", "add", "dora", code=2)
    assert said == "No terminal to prompt for the password: use --password-file or --link"
    empty = password_file(tmp_path, "\n")
    said = mirror.refused("users", "add", "dora", "--password-file", empty, code=2)
    assert said == "The password is empty"


def test_what_cannot_be_is_told(mirror: Mirror, tmp_path: Path) -> None:
    weak = password_file(tmp_path, "short\n")
    said = mirror.refused("users", "add", "dora", "--password-file", weak, code=2)
    assert said == "This password is too short. It must contain at least 12 characters."
    assert mirror.refused("users", "password", "nobody", "--link").startswith("There is no user")
    said = mirror.refused("users", "add", "dora", "--link", "--customer", "Nobody")
    assert said == "There is no customer 'Nobody'; see zwm customers list"
    said = mirror.refused("users", "add", "dora", "--link", "--group", "Nobody")
    assert said == "There is no group 'Nobody'"
    both = ["--customer", "Rossi", "--all-customers", "--link"]
    mirror.refused("users", "add", "dora", *both, code=2)
    assert "dora" not in mirror.run("users", "list").out
