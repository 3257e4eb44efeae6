"""What a search found as data; the shape is documented in docs/reference/cli.md."""

from dataclasses import asdict
from typing import Any

from workflow_mirror.references.search.answer import Found, Hit
from workflow_mirror.references.search.matches import Match


def as_json(found: Found) -> dict[str, Any]:
    return {
        "query": str(found.query),
        "total": found.total,
        "total_is_exact": found.is_exact,
        "hits": [_hit(hit) for hit in found.hits],
        "facets": {"customer": found.by_customer, "kind": found.by_kind},
        "not_searched": asdict(found.not_searched),
    }


def _hit(hit: Hit) -> dict[str, Any]:
    """The first match is repeated in the hit itself."""
    matches = [_match(match) for match in hit.matches]
    return {
        "customer": hit.customer,
        "workflow_id": hit.workflow_id,
        "workflow_zuora_id": hit.workflow_zuora_id,
        "workflow": hit.workflow,
        "task_zuora_id": hit.task_zuora_id,
        "task": hit.task,
        **matches[0],
        "matches": matches,
    }


def _match(match: Match) -> dict[str, Any]:
    excerpt = match.excerpt
    return {
        "kind": match.kind,
        "name": match.name,
        "path": match.path,
        "line": excerpt.line,
        "excerpt": excerpt.text,
        "marked": [excerpt.start, excerpt.end],
        "confidence": match.confidence,
    }
