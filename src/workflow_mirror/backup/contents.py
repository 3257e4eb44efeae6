"""What a backup holds: a manifest with the keys, then the compressed SQL of the database."""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import IO, Any, Self

from workflow_mirror.backup.errors import BackupError
from workflow_mirror.backup.sealing import Sealer, opened

_LENGTH = 4  # bytes of the manifest's length
_GZIP = 16 + zlib.MAX_WBITS
_FASTEST = 1


@dataclass(frozen=True)
class Manifest:
    """`migrations` are those of the database: pairs of app and name."""

    program: str
    created_at: str
    migrations: tuple[tuple[str, str], ...]
    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)

    @classmethod
    def read(cls, text: bytes) -> Self:
        read: dict[str, Any] = json.loads(text)
        return cls(
            program=read["program"],
            created_at=read["created_at"],
            migrations=tuple((app, name) for app, name in read["migrations"]),
            secret_key=read["secret_key"],
            encryption_keys=tuple(read["encryption_keys"]),
        )


def program_version() -> str:
    return version("zuora-workflow-mirror")


def write(file: IO[bytes], passphrase: str, manifest: Manifest, sql: Iterable[bytes]) -> None:
    """Write a backup; one that was not written to its end cannot be read."""
    sealer = Sealer(file, passphrase)
    text = json.dumps(asdict(manifest)).encode()
    sealer.write(len(text).to_bytes(_LENGTH) + text)
    packer = zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP)
    for piece in sql:
        sealer.write(packer.compress(piece))
    sealer.write(packer.flush())
    sealer.finish()


def verified(file: IO[bytes], passphrase: str) -> Manifest:
    """Read a backup to its end. Raises BackupError if anything of it is missing or changed."""
    manifest, sql = read(file, passphrase)
    for _ in sql:
        pass
    return manifest


def read(file: IO[bytes], passphrase: str) -> tuple[Manifest, Iterator[bytes]]:
    """The manifest, and the SQL in pieces. Raises BackupError, also between the pieces."""
    file.seek(0)
    chunks = opened(file, passphrase)
    begin = b""
    end = _LENGTH
    while len(begin) < end:
        begin += _next(chunks)
        if len(begin) >= _LENGTH:
            end = _LENGTH + int.from_bytes(begin[:_LENGTH])
    return Manifest.read(begin[_LENGTH:end]), _unpacked(begin[end:], chunks)


def _next(chunks: Iterator[bytes]) -> bytes:
    for chunk in chunks:
        return chunk
    raise BackupError("The backup is damaged or incomplete")


def _unpacked(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    yield unpacker.decompress(first)
    for chunk in chunks:
        yield unpacker.decompress(chunk)
    if not unpacker.eof:
        raise BackupError("The backup is damaged or incomplete")
