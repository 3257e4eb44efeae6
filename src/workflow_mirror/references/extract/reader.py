"""Reads all texts of a part of an export, and finds its secrets."""

from typing import Any

from workflow_mirror.references.extract.collector import Collector
from workflow_mirror.references.extract.keys import is_secret_value, key_of
from workflow_mirror.references.extract.tasks import add_named
from workflow_mirror.references.extract.texts import Context, read_text
from workflow_mirror.workflows.secrets import is_public

DEEPEST = 100
"""Levels of nesting. What lies deeper is not read, and counts as unparsed."""
SHORTEST = 4
"""Characters of a text that can name anything."""
_UNREAD = frozenset({"placement", "payload_location"})
"""Keys that name where a result goes: `Data.Mapped` is no object."""
_READ_BEFORE = ("parameters.fields", "parameters.files")
"""Paths whose keys or texts have an extractor of their own."""


class Reader:
    """Adds what it reads to `out`."""

    def __init__(self, out: Collector, context: Context) -> None:
        self._out = out
        self._context = context

    def read_object(
        self, entry: dict[str, Any], path: str, *, secret: bool = False, level: int = 0
    ) -> None:
        """`secret` where all of it is; `path` leads to it."""
        keys_are_read = path.startswith(_READ_BEFORE)
        for name, item in entry.items():
            key = key_of(name)
            hidden = secret
            inner = f"{path}.{name}" if path else name
            if key is not None:
                inner = f"{path}.{key.name}" if path else key.name
                hidden = secret or is_secret_value(entry, name, key)
                if key.name != name:
                    self._out.add_secret(inner)
                if key.is_text and not keys_are_read:
                    self._read_text(name, inner, "")
                if key.kind and not hidden and add_named(self._out, inner, key.kind, item):
                    continue
            if name not in _UNREAD:
                self._read(item, inner, name, secret=hidden, level=level)

    def _read(self, value: Any, path: str, name: str, *, secret: bool, level: int) -> None:
        if isinstance(value, str) and not secret:
            self._read_text(value, path, name)
        elif isinstance(value, dict | list):
            self._read_nested(value, path, name, secret=secret, level=level + 1)
        elif secret and not is_public(name, value):
            self._out.add_secret(path)
        elif isinstance(value, str):
            self._read_text(value, path, name)

    def _read_nested(
        self, value: dict[str, Any] | list[Any], path: str, name: str, *, secret: bool, level: int
    ) -> None:
        if level > DEEPEST:
            self._out.unparsed += 1
        elif isinstance(value, dict):
            self.read_object(value, path, secret=secret, level=level)
        else:
            for place, item in enumerate(value):
                self._read(item, f"{path}[{place}]", name, secret=secret, level=level)

    def _read_text(self, text: str, path: str, name: str) -> None:
        if len(text) < SHORTEST:
            return
        read = read_text(name, text, self._context)
        if read.has_secret:
            self._out.add_secret(path)
        if read.found:
            self._out.add_all(path, read.found)
        self._out.unparsed += read.is_unparsed
