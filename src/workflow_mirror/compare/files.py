"""Comparing exports in files and folders, without a database. Pure but for reading the files.

Only the names stay in memory: each document is read again when its turn comes.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workflow_mirror.compare.outcome import outcome_of
from workflow_mirror.compare.pairing import Paired, paired
from workflow_mirror.compare.result import Outcome, Row, row_of
from workflow_mirror.compare.rules import Rule
from workflow_mirror.exact_json import text_of

type Load = Callable[[Path], Any]
"""Reads an export; None for a file that is none. Raises what it likes."""


class ExportFile(NamedTuple):
    """`id` is the path as it can be passed on. An export does not name its workflow's Zuora ID."""

    id: str
    name: str
    path: Path
    zuora_id: None = None

    @property
    def key(self) -> str:
        return self.id


def export_file(path: Path, document: Any) -> ExportFile:
    workflow = document.get("workflow")
    workflow = workflow if isinstance(workflow, dict) else {}
    name = text_of(workflow.get("name")).strip()
    return ExportFile(str(path), name or path.stem, path)


def files_in(folder: Path) -> Iterator[Path]:
    """All JSON files below the folder, in order. Raises OSError."""
    yield from sorted(path for path in folder.rglob("*.json") if path.is_file())


def compare_files(
    source: Sequence[ExportFile], target: Sequence[ExportFile], rules: Sequence[Rule], load: Load
) -> Iterator[Row[ExportFile]]:
    for pair in paired(source, target, rules=rules):
        yield row_of(pair, _outcome(pair, rules, load))


def compare_two(
    source: ExportFile, target: ExportFile, rules: Sequence[Rule], load: Load
) -> Row[ExportFile]:
    """Whatever their names are."""
    pair = Paired(source, target, "link")
    return row_of(pair, _outcome(pair, rules, load))


def _outcome(pair: Paired[ExportFile], rules: Sequence[Rule], load: Load) -> Outcome | None:
    if pair.source is None or pair.target is None:
        return None
    return outcome_of(load(pair.source.path), load(pair.target.path), rules)
