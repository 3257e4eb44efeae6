"""Files take their names only when they are complete."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError

from workflow_mirror.cli.export_files import Written, write_directory, write_zip
from workflow_mirror.workflows.archive.exports import ExportFile, Found


def until_the_database_is_gone() -> Iterator[Found]:
    yield ExportFile("rossi-1/a.json", b"{}\n", None, {"path": "rossi-1/a.json"})
    raise OperationalError


@pytest.mark.parametrize(
    ("write", "name", "left"),
    [(write_zip, "x.zip", []), (write_directory, "folder", ["folder", "rossi-1", "a.json"])],
)
def test_nothing_half_written_is_left_after_an_error(
    write: Callable[..., Written], name: str, left: list[str], tmp_path: Path
) -> None:
    with pytest.raises(OperationalError):
        write(tmp_path / name, until_the_database_is_gone(), force=False)
    assert [file.name for file in sorted(tmp_path.rglob("*"))] == left


def test_an_existing_zip_survives_an_error(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_text("mine")
    with pytest.raises(OperationalError):
        write_zip(file, until_the_database_is_gone(), force=True)
    assert file.read_text() == "mine"
