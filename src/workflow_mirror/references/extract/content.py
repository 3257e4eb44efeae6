"""All strings of a task, or of a workflow outside of its tasks: what free text is searched in."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from workflow_mirror.exact_json import text_of
from workflow_mirror.references.extract.keys import is_secret_value, key_of
from workflow_mirror.references.extract.marks import HIDDEN
from workflow_mirror.references.extract.masking import masked
from workflow_mirror.references.extract.reader import DEEPEST
from workflow_mirror.references.query.folding import fold
from workflow_mirror.workflows import run_state
from workflow_mirror.workflows.documents import storable
from workflow_mirror.workflows.secrets import is_public

TASK_KEYS = run_state.TASK_FIELDS | {"id", "task_id", "action_type", "css", "priority"}
WORKFLOW_KEYS = run_state.WORKFLOW_FIELDS | {"id", "css", "version", "type"}
"""Keys whose values say nothing about what the task or the workflow does."""
_BETWEEN = "\0"


class Line(NamedTuple):
    """A string, a number or a key. `text` has a mark for each secret, `path` leads to it."""

    path: str
    text: str


def task_lines(task: dict[str, Any]) -> list[Line]:
    """Paths are within the task."""
    walk = _Walk()
    walk.add_own(task, "", TASK_KEYS)
    return walk.lines


def workflow_lines(content: dict[str, Any]) -> list[Line]:
    """Of all that stands outside of tasks; paths are within the document."""
    walk = _Walk()
    for key, item in content.items():
        if key == "workflow" and isinstance(item, dict):
            walk.add_own(item, key, WORKFLOW_KEYS)
        elif key not in {"tasks", "linkages"}:
            walk.add_own({key: item}, "", frozenset())
    return walk.lines


def folded_text(lines: Iterable[Line]) -> str:
    """The folded strings, each once, in order, joined by line feeds. A secret ends its line.

    Their order in the export would change on its way through the database, which sorts keys.
    """
    joined = _BETWEEN.join(sorted({line.text for line in lines}))
    text = fold(joined).replace(_BETWEEN, "\n").replace(HIDDEN, "\n")
    return text if text.isascii() else str(storable(text)[0])


def folded_name(content: dict[str, Any]) -> str:
    """The workflow's name as it is searched; a secret in it becomes a line feed."""
    workflow = content.get("workflow")
    name = workflow.get("name") if isinstance(workflow, dict) else ""
    return folded_text([Line("", masked(name))]) if isinstance(name, str) else ""


class _Walk:
    def __init__(self) -> None:
        self.lines: list[Line] = []

    def add_own(self, entry: dict[str, Any], path: str, left_out: Iterable[str]) -> None:
        """The values of an entry. The keys of nested objects count, the entry's own do not."""
        kept = {key: item for key, item in entry.items() if key not in left_out}
        for name, item, inner, secret in _items(kept, path, secret=False):
            self._add(item, inner, name, secret=secret, level=0)

    def _add(self, value: Any, path: str, name: str, *, secret: bool, level: int) -> None:
        if isinstance(value, str):
            if value and (not secret or is_public(name, value)):
                self.lines.append(Line(path, masked(value)))
        elif isinstance(value, dict | list):
            if level < DEEPEST:
                self._add_nested(value, path, name, secret=secret, level=level + 1)
        elif not secret and value is not None and not isinstance(value, bool):
            self.lines.append(Line(path, text_of(value)))

    def _add_nested(
        self, value: dict[str, Any] | list[Any], path: str, name: str, *, secret: bool, level: int
    ) -> None:
        if isinstance(value, dict):
            for key, item, inner, hidden in _items(value, path, secret=secret):
                self.lines.append(Line(inner, key))
                self._add(item, inner, key, secret=hidden, level=level)
        else:
            for place, item in enumerate(value):
                self._add(item, f"{path}[{place}]", name, secret=secret, level=level)


def _items(
    entry: dict[str, Any], path: str, *, secret: bool
) -> Iterator[tuple[str, Any, str, bool]]:
    """Each key without its secrets, its value, the path, and whether the value is secret."""
    before = f"{path}." if path else ""
    for name, item in entry.items():
        key = key_of(name)
        if key is None:
            yield name, item, before + name, secret
        else:
            hidden = secret or is_secret_value(entry, name, key)
            yield key.name, item, before + key.name, hidden
