"""What an archive holds, as JSON: written last, in constant memory, however many files it has."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Self

from workflow_mirror.exact_json import dump
from workflow_mirror.workflows.archive.exports import ExportFile, Found

MANIFEST = "manifest.json"
PRODUCT = "Zuora Workflow Mirror"
CHUNK = 64 * 1024


class Manifest:
    """Collects the entries in temporary files until `chunks` is read."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._files, self._missing = (
            self._opened.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - it is one
            for _ in range(2)
        )
        self.files = self.missing = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._opened.close()

    def add(self, found: Found) -> None:
        if isinstance(found, ExportFile):
            _append(self._files, found.entry, is_first=not self.files)
            self.files += 1
        else:
            _append(self._missing, found.entry, is_first=not self.missing)
            self.missing += 1

    def chunks(self) -> Iterator[bytes]:
        head = {
            "made_by": f"{PRODUCT} {version('zuora-workflow-mirror')}",
            "made_at": datetime.now(UTC).replace(microsecond=0),
        }
        yield dump(head)[:-1] + b',\n"files": ['
        yield from _all_of(self._files)
        yield b'],\n"missing": ['
        yield from _all_of(self._missing)
        yield b"]}\n"


def is_manifest(path: Path) -> bool:
    """Raises OSError."""
    with path.open("rb") as file:
        return PRODUCT.encode() in file.readline(CHUNK)


def _append(file: IO[bytes], entry: dict[str, Any], *, is_first: bool) -> None:
    file.write((b"\n" if is_first else b",\n") + dump(entry))


def _all_of(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk
