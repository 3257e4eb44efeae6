"""A ZIP that is sent while it is made."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from workflow_mirror.workflows.archive.exports import ExportFile, Found
from workflow_mirror.workflows.archive.manifest import MANIFEST, Manifest

CHUNK = 64 * 1024


class _Sink:
    """What zipfile writes to. It cannot seek, so zipfile writes no header twice."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def __len__(self) -> int:
        return len(self._waiting)

    def write(self, data: bytes, /) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self._waiting = bytes(self._waiting), bytearray()
        return taken


def zip_chunks(exports: Iterable[Found], manifest: Manifest) -> Iterator[bytes]:
    """The ZIP in parts of about 64 KB. The manifest is its last file.

    One document is in memory at a time, and for each file the entry of the directory that ends a
    ZIP, 0.7 KB. After an error the directory is missing, and no program takes the rest for a ZIP.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as book:
        for found in exports:
            manifest.add(found)
            if isinstance(found, ExportFile):
                book.writestr(_member(found.path, found.exported_at), found.data)
            if len(sink) >= CHUNK:
                yield sink.take()
        with book.open(_member(MANIFEST, datetime.now(UTC)), "w") as file:
            for chunk in manifest.chunks():
                file.write(chunk)
                if len(sink) >= CHUNK:
                    yield sink.take()
    yield sink.take()


def _member(path: str, time: datetime | None) -> zipfile.ZipInfo:
    """With its time in UTC: a ZIP has no time zone."""
    member = zipfile.ZipInfo(path)
    if time:
        member.date_time = time.astimezone(UTC).timetuple()[:6]
    member.compress_type = zipfile.ZIP_DEFLATED
    return member
