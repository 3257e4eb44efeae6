"""The semantic diff of two Zuora workflow exports: pure functions, no Django.

    found = diff(before, after)   # two export documents
    found.equal(), found.tasks, found.edges, found.workflow
    as_json(found, layout=False, matches=False)
    sentence(pieces(found))       # one line of English; pass ngettext for another language
    as_markdown(found)

`normalise` drops what means nothing, `match` finds the counterpart of each task, `classify` and
`edges` tell what differs. See docs/explanation/diff.md.
"""

from workflow_mirror.history.diff.as_json import as_json
from workflow_mirror.history.diff.compare import diff
from workflow_mirror.history.diff.markdown import as_markdown
from workflow_mirror.history.diff.result import (
    Counts,
    Diff,
    DocumentName,
    EdgeChange,
    EdgeEnd,
    Field,
    TaskChange,
    TaskName,
)
from workflow_mirror.history.diff.words import Piece, pieces, sentence

__all__ = [
    "Counts",
    "Diff",
    "DocumentName",
    "EdgeChange",
    "EdgeEnd",
    "Field",
    "Piece",
    "TaskChange",
    "TaskName",
    "as_json",
    "as_markdown",
    "diff",
    "pieces",
    "sentence",
]
