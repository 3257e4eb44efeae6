"""`zwm diff` of two files: real processes, without a database."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import ZWM, Mirror, terminal

NASTY = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e"
TASK = {"id": 1, "name": "Get", "action_type": "Query", "parameters": {"where_clause": "a = 1"}}
WORKFLOW = {"id": 9, "name": "Dunning", "version": "0.0.1"}
EXPORT: dict[str, Any] = {"workflow": WORKFLOW, "tasks": [TASK], "linkages": []}
EDITED = EXPORT | {"tasks": [TASK | {"parameters": {"where_clause": "a = 2"}}]}
MOVED = EXPORT | {"tasks": [TASK | {"css": {"top": "9px", "left": "9px"}}]}
SAID = "1 task edited"

type Written = Callable[..., str]


@pytest.fixture
def nowhere(tmp_path: Path) -> Mirror:
    """No data directory, no database and no Django."""
    (tmp_path / "blocked" / "django").mkdir(parents=True)
    (tmp_path / "blocked" / "django" / "__init__.py").write_text("raise RuntimeError('Django')")
    return Mirror(tmp_path / "nowhere", {"PYTHONPATH": str(tmp_path / "blocked")})


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(content: Any, name: str = "") -> str:
        path = tmp_path / (name or f"{len(list(tmp_path.iterdir()))}.json")
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(data)
        return str(path)

    return write


def test_equal_files_exit_with_0_and_different_ones_with_1(
    nowhere: Mirror, written: Written
) -> None:
    before, same, edited = written(EXPORT), written(EXPORT), written(EDITED)

    assert nowhere.run("diff", before, same).out == "No differences\n"
    assert nowhere.run("diff", before, edited, code=1).out.splitlines() == [
        SAID,
        "Tasks",
        '  ~ "Get" (Query): edited',
        "    parameters.where_clause:",
        '      - "a = 1"',
        '      + "a = 2"',
    ]
    assert not nowhere.home.exists()


def test_json_and_markdown_tell_the_same(nowhere: Mirror, written: Written) -> None:
    files = written(EXPORT), written(EDITED)

    document = nowhere.run("diff", *files, "--json", "--matches", code=1).json

    assert (document["equal"], document["summary"]["text"]) == (False, SAID)
    assert document["matches"] == [[1, 1]]
    assert SAID in nowhere.run("diff", *files, "--markdown", code=1).out


def test_a_move_on_the_canvas_is_a_difference_with_layout_alone(
    nowhere: Mirror, written: Written
) -> None:
    files = written(EXPORT), written(MOVED)

    assert "No differences" in nowhere.run("diff", *files).out
    assert nowhere.run("diff", *files, "--json").json["summary"]["tasks"]["moved"] == 1
    assert "moved" in nowhere.run("diff", *files, "--layout", code=1).out
    assert nowhere.run("diff", *files, "--layout", "--json", code=1).json["equal"] is False


BAD_FILES = {
    b"": "is not JSON",
    b"{": "is not JSON",
    b"NaN": "is not JSON",
    b"<html>": "is not JSON",
    b"\xff\xfe{\x00}": "is not UTF-8",
    b"[]": "is not the export of a workflow: it has no tasks",
    b'{"errors": []}': "is not the export of a workflow: it has no tasks",
    b'{"tasks": {}}': "is not the export of a workflow: it has no tasks",
    b'{"tasks": ' + b"[" * 200_000: "is nested too deeply",
    b'{"tasks": [' + b" " * (65 * 2**20) + b"]}": "is larger than 64 MB",
}


@pytest.mark.parametrize("data", BAD_FILES, ids=range(len(BAD_FILES)))
def test_a_file_that_is_no_export_is_one_line_and_exit_code_2(
    nowhere: Mirror, written: Written, data: bytes
) -> None:
    bad, good = written(data), written(EXPORT)

    assert nowhere.refused("diff", good, bad, code=2) == f"{bad} {BAD_FILES[data]}"
    assert nowhere.run("diff", bad, good, code=2).out == ""


def test_a_file_that_cannot_be_read_is_exit_code_2(
    nowhere: Mirror, written: Written, tmp_path: Path
) -> None:
    good = written(EXPORT)

    for bad, reason in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a")):
        assert reason in nowhere.refused("diff", str(bad), good, code=2)


@pytest.mark.parametrize("depth", [300, 900, 5000])
def test_an_export_that_is_nested_deeply_is_compared_or_refused(
    nowhere: Mirror, written: Written, depth: int
) -> None:
    deep = b'{"tasks": [{"id": 1, "parameters": ' + b"[" * depth + b"1" + b"]" * depth + b"}]}"

    process = nowhere.start("diff", written(deep), written(EXPORT), "--json")
    done = nowhere.finish(process, code=None)

    assert done.code in (1, 2)
    assert ("error" in done.json) == (done.code == 2)


def test_wrong_use_is_exit_code_2(nowhere: Mirror, written: Written) -> None:
    files = written(EXPORT), written(EXPORT)

    assert "not both" in nowhere.refused("diff", *files, "--markdown", code=2)
    assert "Missing argument 'B'" in nowhere.run("diff", files[0], code=2).err


def test_a_mark_of_utf_8_and_a_pipe_are_taken(nowhere: Mirror, written: Written) -> None:
    before = written(b"\xef\xbb\xbf" + json.dumps(EXPORT).encode())
    pipe = f"{before}.pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [sys.executable, "-c", f"open({pipe!r}, 'w').write({json.dumps(EXPORT)!r})"]
    ):
        assert nowhere.run("diff", before, pipe).code == 0


@pytest.mark.parametrize("options", [(), ("--markdown",), ("--json",)])
def test_control_characters_never_reach_a_terminal(
    nowhere: Mirror, written: Written, options: tuple[str, ...]
) -> None:
    nasty = {"id": 7, "name": NASTY, "action_type": NASTY, "parameters": {NASTY: NASTY}}
    link = {"source_task_id": 7, "target_task_id": NASTY, "linkage_type": NASTY}
    files = (
        written(EXPORT | {"workflow": WORKFLOW | {"name": NASTY, "version": NASTY}}),
        written(EXPORT | {"tasks": [nasty, nasty], "linkages": [link, NASTY], NASTY: f"{NASTY}\n"}),
    )
    with terminal(nowhere, "diff", *files, *options) as shown:
        out = shown.finish(code=1)

    uncoloured = [
        piece.partition("m")[2] if place else piece
        for place, piece in enumerate(out.split("\x1b["))
    ]
    assert all(line.isprintable() for piece in uncoloured for line in piece.split("\n"))
    assert "\x1b]" not in out


def test_colours_are_for_terminals_alone_and_can_be_turned_off(
    nowhere: Mirror, written: Written
) -> None:
    files = written(EXPORT), written(EDITED)
    with terminal(nowhere, "diff", *files) as shown:
        assert '\x1b[32m      + "a = 2"\x1b[0m' in shown.finish(code=1)
    nowhere.environ["NO_COLOR"] = "1"
    with terminal(nowhere, "diff", *files) as shown:
        assert "\x1b" not in shown.finish(code=1)


def test_what_exceeds_a_terminal_goes_through_the_pager(
    nowhere: Mirror, written: Written, tmp_path: Path
) -> None:
    many = [TASK | {"id": number, "name": f"Task {number}"} for number in range(2, 60)]
    files = written(EXPORT), written(EXPORT | {"tasks": [TASK, *many]})
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho PAGED; cat; exit 3\n")
    pager.chmod(0o755)
    nowhere.environ["PAGER"] = f"{pager} --any"

    with terminal(nowhere, "diff", *files) as shown:
        out = shown.finish(code=1)
    assert "PAGED" in out
    assert "Task 59" in out
    assert "PAGED" not in nowhere.run("diff", *files, code=1).out

    for none in ("", "/no/such/pager", "'"):
        nowhere.environ["PAGER"] = none
        with terminal(nowhere, "diff", *files) as shown:
            assert "Task 59" in shown.finish(code=1)


def test_a_reader_that_goes_away_is_no_error_that_is_told(
    nowhere: Mirror, written: Written
) -> None:
    many = [TASK | {"id": number, "name": f"Task {number}"} for number in range(2, 9000)]
    files = written(EXPORT), written(EXPORT | {"tasks": [TASK, *many]})
    command = " ".join((*ZWM, "diff", *files))

    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} | head -1"],
        env=nowhere.environ_of(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "8998 tasks added\n"
    assert done.stderr == ""
