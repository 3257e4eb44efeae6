"""A diff as Markdown, for a ticket or a mail."""

import re
from itertools import groupby

from workflow_mirror.history.diff.report import ReportLine, report
from workflow_mirror.history.diff.result import Diff, DocumentName


def as_markdown(diff: Diff, *, layout: bool = False) -> str:
    """Nothing that Zuora's texts hold becomes markup; control characters are shown as `?`."""
    lines = [f"## {_span(_title(diff.before))} → {_span(_title(diff.after))}", ""]
    shown = [line._replace(text=_printable(line.text)) for line in report(diff, layout=layout)]
    for is_code, group in groupby(shown, key=lambda line: line.depth > 1):
        together = list(group)
        lines += _code(together) if is_code else map(_line, together)
    return "\n".join(lines) + "\n"


def _title(name: DocumentName) -> str:
    return _printable(f"{name.name or 'workflow'} {name.version}".strip())


def _line(line: ReportLine) -> str:
    match line.style, line.depth:
        case "title", _:
            return f"{line.text}\n"
        case "heading", _:
            return f"\n### {line.text}\n"
        case _:
            return f"- {_span(line.text)}"


def _code(lines: list[ReportLine]) -> list[str]:
    """A fenced block whose fence is longer than any run of backticks inside."""
    texts = [_in_diff(line) for line in lines]
    fence = "`" * max(3, _longest_run(texts) + 1)
    return [f"  {text}" for text in ("", f"{fence}diff", *texts, fence, "")]


def _in_diff(line: ReportLine) -> str:
    """Paths are lines of a hunk's kind, so that only what was added or removed is coloured."""
    return line.text if line.depth > 2 else f"@@ {line.text} @@"  # noqa: PLR2004 - texts


def _span(text: str) -> str:
    """As code, in which nothing is markup, a mention or a link."""
    fence = "`" * (_longest_run([text]) + 1)
    return f"{fence} {text} {fence}" if len(fence) > 1 else f"`{text}`"


def _longest_run(texts: list[str]) -> int:
    return max((len(run) for text in texts for run in re.findall("`+", text)), default=0)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\t" else "?" for letter in text)
