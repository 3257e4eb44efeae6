"""An export that is ready for the database together with its references."""

from dataclasses import dataclass
from typing import Any

from workflow_mirror.references.extract import Extracted, extract
from workflow_mirror.workflows.exports import ReadyExport, read_export


@dataclass(frozen=True)
class IndexedExport(ReadyExport):
    extracted: Extracted


def read_indexed_export(answer: dict[str, Any]) -> IndexedExport:
    """As `read_export`, with the references."""
    return IndexedExport(**vars(read_export(answer)), extracted=extract(answer))
