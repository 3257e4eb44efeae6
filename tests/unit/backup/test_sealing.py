"""The encryption of a backup: what comes out is what went in, or nothing does."""

import io
from collections.abc import Iterator
from functools import cache
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.backup import contents, sealing
from workflow_mirror.backup.contents import Manifest
from workflow_mirror.backup.errors import BackupError
from workflow_mirror.backup.sealing import TAG, Sealer, opened

PHRASE = "correct horse battery"
WHOLE = len(sealing.MAGIC) + sealing.SALT + TAG
# The laws depend neither on what a guess costs, nor on the size of a chunk.
CHUNK = 100
CHEAP: dict[str, Any] = {"_COST": {"n": 2, "r": 8, "p": 1}, "CHUNK": CHUNK}
MANIFEST = Manifest("0.2.0", "2026-11-28T09:22:00+00:00", (("a", "0001"),), "secret", ("key",))


@pytest.fixture(autouse=True)
def cheap() -> Iterator[None]:
    with patch.multiple(sealing, **CHEAP):
        yield


def sealed(pieces: list[bytes], phrase: str = PHRASE) -> bytes:
    file = io.BytesIO()
    sealer = Sealer(file, phrase)
    for piece in pieces:
        sealer.write(piece)
    sealer.finish()
    return file.getvalue()


def plain(sealed: bytes, phrase: str = PHRASE) -> bytes:
    return b"".join(opened(io.BytesIO(sealed), phrase))


@cache
def example() -> bytes:
    """Three chunks and a part of one."""
    return sealed([bytes(CHUNK) * 3, b"the end"])


@given(st.lists(st.integers(0, 3 * CHUNK), max_size=4), st.binary(min_size=1, max_size=40))
def test_any_stream_comes_back(sizes: list[int], pattern: bytes) -> None:
    pieces = [(pattern * (size // len(pattern) + 1))[:size] for size in sizes]
    assert plain(sealed(pieces)) == b"".join(pieces)


@given(st.data())
def test_a_file_that_was_cut_or_changed_anywhere_does_not_open(data: st.DataObject) -> None:
    whole = example()
    place = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(BackupError):
        plain(whole[:place])
    changed = bytearray(whole)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BackupError):
        plain(bytes(changed))
    with pytest.raises(BackupError):
        plain(whole + b"x")


def test_chunks_that_were_left_out_or_exchanged_do_not_open() -> None:
    whole = example()
    first, second, third = (WHOLE + n * (CHUNK + TAG) for n in range(3))
    for other in (
        whole[:second] + whole[third:],
        whole[:third],  # cut between two chunks
        whole[:first] + whole[second:third] + whole[first:second] + whole[third:],
    ):
        with pytest.raises(BackupError, match="damaged or incomplete"):
            plain(other)


def test_what_is_wrong_with_a_file_is_said() -> None:
    whole = sealed([b"some"])
    with pytest.raises(BackupError, match="passphrase is wrong"):
        plain(whole, "correct horse batterz")
    with pytest.raises(BackupError, match="damaged or incomplete"):
        plain(whole[:-1])
    with pytest.raises(BackupError, match="not a backup"):
        plain(b"PGDMP and so on")
    with pytest.raises(BackupError, match="newer version"):
        plain(whole.replace(b"backup 1", b"backup 2", 1))


def test_a_letter_is_the_same_however_it_is_composed() -> None:
    assert plain(sealed([b"some"], "citt\u00e0 sul fiume"), "citta\u0300 sul fiume") == b"some"


def test_the_same_content_is_another_file_each_time() -> None:
    assert sealed([b"some"]) != sealed([b"some"])


def test_contents_come_back_and_keep_their_secrets() -> None:
    file = io.BytesIO()
    contents.write(file, PHRASE, MANIFEST, iter([b"SELECT 1;\n", b"x" * 500_000]))
    assert b"SELECT" not in file.getvalue()
    assert contents.verified(file, PHRASE) == MANIFEST
    manifest, sql = contents.read(file, PHRASE)
    assert (manifest, b"".join(sql)) == (MANIFEST, b"SELECT 1;\n" + b"x" * 500_000)
    assert "secret" not in repr(manifest).replace("secret_key", "")


def test_a_backup_whose_writer_gave_up_cannot_be_read() -> None:
    def failing() -> Iterator[bytes]:
        yield b"SELECT 1;\n"
        raise BackupError("pg_dump failed")

    file = io.BytesIO()
    with pytest.raises(BackupError, match="pg_dump failed"):
        contents.write(file, PHRASE, MANIFEST, failing())
    with pytest.raises(BackupError, match="damaged or incomplete"):
        contents.verified(file, PHRASE)
