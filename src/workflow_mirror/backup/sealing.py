"""Encryption of a stream with a passphrase, in chunks, so that any size needs little memory.

    zwm backup 1        and a line feed: the version of this format
    salt                16 bytes
    check               16 bytes: proves the passphrase
    chunks              64 KiB each, the last one shorter, encrypted with AES-256-GCM

The key is scrypt's of the passphrase and the salt, so each file has its own. A chunk's nonce is
its number and whether it is the last one (the STREAM construction): a file that was cut, extended
or put together from others does not open.
"""

import os
import re
import unicodedata
from collections.abc import Iterator
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from workflow_mirror.backup.errors import BackupError

MAGIC = b"zwm backup 1\n"
ANY_MAGIC = re.compile(rb"zwm backup (\d+)\n")
CHUNK = 1 << 16  # bytes of plain text
SALT = TAG = 16
_CHECK = b"\xff" * 12  # no chunk has this nonce
# OWASP's recommendation: 128 MB and some tenths of a second for each guess.
_COST = {"n": 1 << 17, "r": 8, "p": 1}


class Sealer:
    """Writes a stream; without `finish` nobody can open what was written."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        salt = os.urandom(SALT)
        self._file = file
        self._cipher, self._header = _cipher(passphrase, salt), MAGIC + salt
        self._waiting = bytearray()
        self._number = 0
        file.write(self._header + self._cipher.encrypt(_CHECK, b"", self._header))

    def write(self, plain: bytes) -> None:
        self._waiting += plain
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, plain: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._file.write(self._cipher.encrypt(nonce, plain, self._header))
        self._number += 1


def opened(file: IO[bytes], passphrase: str) -> Iterator[bytes]:
    """The plain chunks of a sealed stream, each of them verified. Raises BackupError."""
    header = file.read(len(MAGIC) + SALT)
    check = file.read(TAG)
    _refuse_others(header)
    cipher = _cipher(passphrase, header[len(MAGIC) :])
    _open(cipher, _CHECK, check, header, "The passphrase is wrong, or the file is damaged")
    number, chunk = 0, file.read(CHUNK + TAG)
    while chunk:
        following = file.read(CHUNK + TAG)
        nonce = _nonce(number, last=not following)
        yield _open(cipher, nonce, chunk, header, "The backup is damaged or incomplete")
        number, chunk = number + 1, following
    if not number:
        raise BackupError("The backup is damaged or incomplete")


def is_sealed(beginning: bytes) -> bool:
    """Whether a file that begins so is a backup."""
    return ANY_MAGIC.match(beginning) is not None


def _refuse_others(header: bytes) -> None:
    known = ANY_MAGIC.match(header)
    if known is None:
        raise BackupError("This file is not a backup made by zwm backup")
    if known.group() != MAGIC:
        raise BackupError("The backup was made by a newer version of zwm: install that version")
    if len(header) < len(MAGIC) + SALT:
        raise BackupError("The backup is damaged or incomplete")


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    # The same letters, however the keyboard of another system composes them.
    text = unicodedata.normalize("NFC", passphrase).encode()
    return AESGCM(Scrypt(salt=salt, length=32, **_COST).derive(text))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _open(cipher: AESGCM, nonce: bytes, sealed: bytes, header: bytes, complaint: str) -> bytes:
    try:
        return cipher.decrypt(nonce, sealed, header)
    except InvalidTag:
        raise BackupError(complaint) from None
