"""What an export refers to: fields, hosts, addresses, sub-workflows and more, by task and path."""

from workflow_mirror.references.extract.document import EXTRACTOR_VERSION, extract
from workflow_mirror.references.extract.reference import Confidence, Extracted, Kind, Reference

__all__ = ["EXTRACTOR_VERSION", "Confidence", "Extracted", "Kind", "Reference", "extract"]
