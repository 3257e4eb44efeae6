"""The hits of a search for people: by customer, workflow and task."""

import sys
from itertools import groupby

from workflow_mirror.cli.output import print_line, print_note, printable, takes_colours
from workflow_mirror.references.search import Found, Hit, Match

_BOLD, _RED, _PLAIN = "\033[1m", "\033[1;31m", "\033[0m"
_NOTES = (
    ("without_export", "%d workflows without an export"),
    ("not_indexed", "%d workflows that are not indexed yet"),
    ("deleted", "%d workflows that are deleted in Zuora (state:deleted finds them)"),
    ("stale_exports", "the changes of %d workflows whose last export failed"),
    ("unparsed_texts", "parts of %d texts that no parser understood"),
)


def print_report(found: Found) -> None:
    for customer, of_customer in groupby(found.hits, lambda hit: hit.customer):
        _print(_bold(customer))
        for workflow, hits in groupby(
            of_customer, lambda hit: (hit.workflow, hit.workflow_zuora_id, hit.workflow_id)
        ):
            _print(f"  {_bold(workflow[0])} (Zuora ID {printable(workflow[1])}, ID {workflow[2]})")
            for hit in hits:
                _print_hit(hit)
    for note in (*_counts(found), *_not_searched(found)):
        print_note(note)


def _print_hit(hit: Hit) -> None:
    if hit.task is not None:
        print_line(f"    {hit.task} (task {hit.task_zuora_id})")
    for match in hit.matches:
        _print(f"      {printable(match.path)}: {_excerpt(match)}")


def _excerpt(match: Match) -> str:
    text, start, end = match.excerpt.text, match.excerpt.start, match.excerpt.end
    middle = _coloured(_RED, text[start:end]) if end > start else ""
    return printable(text[:start]) + middle + printable(text[end:])


def _counts(found: Found) -> list[str]:
    if not found.total:
        return ["No use found in what was searched"]
    number = f"{found.total}" if found.is_exact else f"More than {found.total}"
    notes = [f"{number} {'hit' if found.total == 1 else 'hits'}"]
    if len(found.hits) < found.total:
        notes[0] += f", {len(found.hits)} shown; see --limit, --customer"
        counts = found.by_customer.items()
        notes.append("By customer: " + ", ".join(f"{name} {number}" for name, number in counts))
    return notes


def _not_searched(found: Found) -> list[str]:
    numbers = vars(found.not_searched)
    parts = [text % numbers[name] for name, text in _NOTES if numbers[name]]
    return ["Not searched: " + "; ".join(parts)] if parts else []


def _print(line: str) -> None:
    """Its parts are printable already."""
    sys.stdout.write(line + "\n")


def _bold(text: str) -> str:
    return _coloured(_BOLD, text)


def _coloured(colour: str, text: str) -> str:
    plain = printable(text)
    return f"{colour}{plain}{_PLAIN}" if takes_colours() else plain
