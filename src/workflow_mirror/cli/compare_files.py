"""The file side of `zwm compare`: two exports, or two folders of exports."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workflow_mirror.cli.output import CommandError, WrongUseError, print_note
from workflow_mirror.cli.read_export import FAILED, is_export, read_export, read_json
from workflow_mirror.compare.files import (
    ExportFile,
    compare_files,
    compare_two,
    export_file,
    files_in,
)
from workflow_mirror.compare.result import Row
from workflow_mirror.compare.rules import Rule


def compared_files(source: str, target: str, rules: list[Rule]) -> list[Row[ExportFile]]:
    folders = [Path(name).is_dir() for name in (source, target)]
    if folders == [True, True]:
        return list(compare_files(_exports(source), _exports(target), rules, _load))
    if any(folders):
        raise WrongUseError("Compare two files, or two folders")
    one, two = (export_file(Path(name), read_export(name)) for name in (source, target))
    return [compare_two(one, two, rules, _load)]


def _load(path: Path) -> Any:
    return read_export(str(path))


def _exports(folder: str) -> list[ExportFile]:
    found = list(_found(folder))
    if not found:
        raise CommandError(f"{folder} has no exports", FAILED)
    return found


def _found(folder: str) -> Iterator[ExportFile]:
    """Reports other JSON files, such as the manifest's of another program."""
    try:
        for path in files_in(Path(folder)):
            document = read_json(str(path))
            if is_export(document):
                yield export_file(path, document)
            elif path.name != "manifest.json":
                print_note(f"{path} is not an export; it is left out")
    except OSError as error:
        raise CommandError(f"{folder} cannot be read: {error.strerror}", FAILED) from error
