"""Writes the exports of many workflows: into a ZIP, or into a directory."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from workflow_mirror.cli.output import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflow_mirror.workflows.archive.exports import ExportFile, Found

SOME_MISSING = 3


@dataclass
class Written:
    """How many exports were written, were there already, and do not exist."""

    written: int = 0
    unchanged: int = 0
    missing: int = 0

    @property
    def text(self) -> str:
        parts = [f"{self.written} export{'' if self.written == 1 else 's'}"]
        if self.unchanged:
            parts.append(f"{self.unchanged} unchanged")
        if self.missing:
            some = "workflow or draft has" if self.missing == 1 else "workflows or drafts have"
            parts.append(f"{self.missing} {some} no export, see manifest.json")
        return "; ".join(parts)


def is_zip(output: Path) -> bool:
    return output.suffix.lower() == ".zip"


def write_zip(output: Path, exports: "Iterable[Found]", *, force: bool) -> Written:
    """Raises CommandError if the file exists, unless `force`, or cannot be written."""
    from workflow_mirror.workflows.archive.manifest import Manifest
    from workflow_mirror.workflows.archive.zip import zip_chunks

    if output.exists() and not force:
        raise CommandError(f"{output} exists; use --force to replace it")
    with Manifest() as manifest, _replacing(output) as file:
        for chunk in zip_chunks(exports, manifest):
            file.write(chunk)
        return Written(written=manifest.files, missing=manifest.missing)


def write_directory(output: Path, exports: "Iterable[Found]", *, force: bool) -> Written:
    """Files with the same content are left alone; the manifest is replaced.

    Raises CommandError at the first file that has other content, unless `force`, or that cannot be
    written; complete files stay.
    """
    from workflow_mirror.workflows.archive.exports import MissingExport
    from workflow_mirror.workflows.archive.manifest import MANIFEST, Manifest, is_manifest

    if (output / MANIFEST).exists() and not force and not is_manifest(output / MANIFEST):
        raise CommandError(f"{output / MANIFEST} is another program's; use --force to replace it")
    written = Written()
    with Manifest() as manifest:
        for found in exports:
            manifest.add(found)
            if isinstance(found, MissingExport):
                written.missing += 1
            elif _write_export(output, found, force=force):
                written.written += 1
            else:
                written.unchanged += 1
        with _replacing(output / MANIFEST) as file:
            file.writelines(manifest.chunks())
    return written


def _write_export(output: Path, export: "ExportFile", *, force: bool) -> bool:
    path = output / export.path
    if path.exists():
        if path.read_bytes() == export.data:
            return False
        if not force:
            raise CommandError(f"{path} exists with other content; use --force to replace it")
    with _replacing(path) as file:
        file.write(export.data)
    return True


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name when it is complete. Raises CommandError."""
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            yield file
        beside.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            beside.unlink()
