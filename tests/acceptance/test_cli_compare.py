"""`zwm compare`: real processes; files and folders without a database, customers with one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import Mirror
from workflow_mirror.fake_zuora import Tenant

NASTY = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e=1+1"


def export(name: str, url: str = "https://example.com") -> dict[str, Any]:
    task = {"id": 1, "name": "Send", "action_type": "Callout", "parameters": {"url": url}}
    return {"workflow": {"id": 9, "name": name}, "tasks": [task], "linkages": []}


@pytest.fixture
def nowhere(tmp_path: Path) -> Mirror:
    """No data directory, no database and no Django."""
    (tmp_path / "blocked" / "django").mkdir(parents=True)
    (tmp_path / "blocked" / "django" / "__init__.py").write_text("raise RuntimeError('Django')")
    return Mirror(tmp_path / "nowhere", {"PYTHONPATH": str(tmp_path / "blocked")})


def written(folder: Path, *exports: Any) -> str:
    folder.mkdir(exist_ok=True)
    for number, content in enumerate(exports):
        (folder / f"{number}.json").write_text(json.dumps(content))
    return str(folder)


def test_two_folders_are_compared_by_name_without_a_database(
    nowhere: Mirror, tmp_path: Path
) -> None:
    one = written(tmp_path / "a", export("same"), export("x", "https://a.example"), export("old"))
    two = written(tmp_path / "b", export("x", "https://b.example"), export("same"), export("new"))
    (tmp_path / "b" / "manifest.json").write_text("{}")

    document = nowhere.run("compare", one, two, "--json", code=1).json

    assert (document["source"], document["target"]) == (one, two)
    assert document["summary"] == {
        "same": 1,
        "different": 1,
        "only_in_source": 1,
        "only_in_target": 1,
        "ambiguous": 0,
    }
    rows = {row["name"]: row for row in document["workflows"]}
    assert rows["x"] == {
        "name": "x",
        "status": "different",
        "source_id": f"{one}/1.json",
        "target_id": f"{two}/0.json",
        "text": "1 task edited",
        "source_zuora_id": None,
        "target_zuora_id": None,
        "expected": 0,
    }
    assert rows["old"]["target_id"] is None
    report = nowhere.run("compare", one, two, code=1).out
    assert "1 same, 1 different, 1 only in source, 1 only in target" in report
    assert not nowhere.home.exists()


def test_expected_differences_make_folders_the_same(nowhere: Mirror, tmp_path: Path) -> None:
    one = written(tmp_path / "a", export("SB - x", "https://sandbox.example/v1"))
    two = written(tmp_path / "b", export("x", "https://example/v1"))
    options = ("--replace", "sandbox.example=example", "--prefix", "SB - =")

    found = nowhere.run("compare", one, two, *options, "--json").json

    [row] = found["workflows"]
    assert (row["status"], row["expected"]) == ("same", 2)
    assert row["text"] == "No differences (2 expected differences)"
    nowhere.run("compare", one, two, *options[2:], code=1)
    nowhere.run("compare", one, two, *options[2:], "--ignore", "tasks.parameters.url")


def test_two_files_are_a_pair_whatever_their_names(nowhere: Mirror, tmp_path: Path) -> None:
    written(tmp_path / "a", export("x"), export("y"))
    files = str(tmp_path / "a" / "0.json"), str(tmp_path / "a" / "1.json")

    assert nowhere.run("compare", *files, "--json", code=1).json["summary"]["different"] == 1
    assert nowhere.run("compare", *files, "--ignore", "workflow.name").out.endswith("1 same\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a": "\xff"}', "is not UTF-8"),
        (b"{", "is not JSON"),
        (b"[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(
    nowhere: Mirror, tmp_path: Path, content: bytes, said: str
) -> None:
    one = written(tmp_path / "a", export("x"))
    (tmp_path / "a" / "broken.json").write_bytes(content)

    failed = nowhere.run("compare", one, one, "--json", code=2)

    assert said in failed.json["error"]


def test_wrong_uses_are_errors_that_say_what_is_wrong(nowhere: Mirror, tmp_path: Path) -> None:
    folder = written(tmp_path / "a", export("x"), {"no": "export"})
    file = f"{folder}/0.json"
    empty = written(tmp_path / "empty")

    assert "is not an export" in nowhere.run("compare", folder, folder).err
    for arguments, said in (
        ((folder, file), "two files, or two folders"),
        ((folder, empty), "has no exports"),
        ((folder, "Rossi"), "is a file or folder"),
        ((folder, f"{folder}/gone.json"), "No such file"),
        ((folder, folder, "--replace", "x"), "SOURCE=TARGET"),
        ((folder, folder, "--replace", "x=x"), "the same"),
        ((folder, folder, "--ignore", "*"), "Enter a path"),
    ):
        assert said in nowhere.run("compare", *arguments, code=2).err


def test_names_cannot_move_the_terminal(nowhere: Mirror, tmp_path: Path) -> None:
    one = written(tmp_path / "a", export(NASTY), export("x", f"https://{NASTY}"))
    two = written(tmp_path / "b", export("x"))

    for options in ((), ("--all",), ("--json",)):
        out = nowhere.run("compare", one, two, *options, code=1).out
        assert out.replace("\n", "").isprintable()


def test_two_customers_are_compared_from_the_mirror(
    mirror: Mirror, customer: Callable[..., Tenant]
) -> None:
    one, two = customer(0), customer(0)
    for tenant in (one, two):
        tenant.add_workflow("Dunning", tasks=3, seed=1)
        tenant.add_workflow("Renewal", tasks=3, seed=2)
    two.edit_task(next(iter(two.definitions)), changes={"parameters": {"url": "https://x"}})
    mirror.sync(one.name)
    mirror.sync(two.name)
    same = mirror.json("compare", one.name, one.name)
    assert same["summary"]["same"] == 2

    found = mirror.json("compare", one.name, two.name, code=1)

    assert (found["source"], found["target"]) == (one.name, two.name)
    rows = {row["name"]: row for row in found["workflows"]}
    assert (rows["Dunning"]["status"], rows["Renewal"]["status"]) == ("different", "same")
    ids = str(rows["Dunning"]["source_id"]), str(rows["Dunning"]["target_id"])
    assert mirror.json("diff", *ids, code=1)["summary"]["text"] == rows["Dunning"]["text"]
    keys = [
        str(mirror.ask("SELECT id FROM customers WHERE name = %s", tenant.name))
        for tenant in (one, two)
    ]
    assert mirror.json("compare", *keys, code=1) == found
    path = "tasks.parameters.url"
    assert mirror.json("compare", one.name, two.name, "--ignore", path)["summary"]["same"] == 2
    failed = mirror.run("compare", one.name, "nobody", code=2)
    assert "nobody" in failed.err
