"""Where in the hits of a page the terms of the query are found."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Func

from workflow_mirror.references.extract.collector import LONGEST_PATH
from workflow_mirror.references.extract.content import Line, task_lines, workflow_lines
from workflow_mirror.references.extract.marks import HIDDEN, starred
from workflow_mirror.references.extract.masking import masked
from workflow_mirror.references.query import Query, fold
from workflow_mirror.references.search.conditions import like, reference_condition
from workflow_mirror.references.search.excerpts import Excerpt, excerpt_of, secret_excerpt
from workflow_mirror.references.search.places import Place
from workflow_mirror.references.search.sql import Sql, any_of, limited
from workflow_mirror.workflows.models import Task, Workflow, zuora_json

MOST_MATCHES = 20
"""Of a hit."""
_MOST_OF_A_WORD = 5

_REFERENCES = """
SELECT place.workflow_id, nullif(place.task_id, 0), found.kind, found.name, found.path,
    found.confidence
FROM unnest(%s::bigint[], %s::bigint[]) AS place(workflow_id, task_id)
CROSS JOIN LATERAL (
    SELECT found.* FROM workflow_references AS found
    WHERE found.workflow_id = place.workflow_id
    AND coalesce(found.task_id, 0) = place.task_id AND {condition}
    ORDER BY found.path, found.kind, found.name LIMIT {most}
) AS found
"""
_TEXTS = """
SELECT place.workflow_id, place.task_id, regexp_substr(line, %s, 1, 1, 'i')
FROM workflow_texts AS place
JOIN unnest(%s::bigint[], %s::bigint[]) AS wanted(workflow_id, task_id)
    ON wanted.workflow_id = place.workflow_id
    AND wanted.task_id = coalesce(place.task_id, 0)
CROSS JOIN LATERAL (
    SELECT line FROM string_to_table(place.text, E'\\n') AS line WHERE line ~* %s LIMIT {most}
) AS lines
"""

type Key = tuple[int, int | None]
"""The keys of a workflow and its task."""


@dataclass(frozen=True)
class Match:
    """One place in a hit. `kind` is that of a reference, or `text`, `type` or `name`.

    `path` is within the task, or within the export for a workflow. `excerpt` has no secrets.
    """

    kind: str
    name: str
    path: str
    confidence: str
    excerpt: Excerpt


@dataclass(frozen=True)
class _Reference:
    kind: str
    name: str
    path: str
    confidence: str


def find_matches(query: Query, places: list[Place]) -> dict[Key, list[Match]]:
    """The matches of each place, at least one, at most `MOST_MATCHES`."""
    keys: list[Key] = [(place.workflow_id, place.task_id) for place in places]
    documents = _documents(keys)
    by_key = _references(_key_condition(query), keys)
    by_word = _references(_word_condition(query), keys)
    words = _words(query, keys)
    return {
        key: _of_place(query, documents[key], by_key[key], by_word[key], words[key]) for key in keys
    }


@dataclass(frozen=True)
class _Document:
    """`name_path` is where its name is."""

    name: str
    name_path: str
    action_type: str
    lines: list[Line]


def _of_place(
    query: Query,
    document: _Document,
    by_key: list[_Reference],
    by_word: list[_Reference],
    words: list[str],
) -> list[Match]:
    found = [
        *(_of_reference(reference, document) for reference in by_key),
        *_of_words(words, document, by_word),
    ]
    if not found and "type" in query.values:
        kind = document.action_type
        found.append(Match("type", kind, "action_type", "certain", Excerpt(kind, 1, 0, len(kind))))
    if not found:
        excerpt = excerpt_of(masked(document.name))
        found.append(Match("name", excerpt.text, document.name_path, "certain", excerpt))
    return list(dict.fromkeys(found))[:MOST_MATCHES]


def _of_reference(one: _Reference, document: _Document) -> Match:
    texts = [line.text for line in document.lines if line.path == one.path]
    if one.kind == "secret":
        excerpt = secret_excerpt(next((text for text in texts if HIDDEN in text), ""))
    else:
        needles = list(_needles(one))
        holding = (text for text in texts if any(needle in fold(text) for needle in needles))
        excerpt = excerpt_of(next(holding, one.name), *needles)
    return Match(one.kind, one.name, one.path, one.confidence, excerpt)


def _needles(one: _Reference) -> Iterator[str]:
    """Parts of a name that its text may have: it is put together from several texts at times."""
    name = fold(one.name)
    yield name
    yield name.rpartition(".")[2]
    yield from sorted((part for part in name.split("*") if part), key=len, reverse=True)


def _of_words(
    words: list[str], document: _Document, references: list[_Reference]
) -> Iterator[Match]:
    for word in words:
        holding = (line for line in document.lines if word in fold(line.text))
        for line, _ in zip(holding, range(_MOST_OF_A_WORD), strict=False):
            yield _of_word(word, line, references)


def _of_word(word: str, line: Line, references: Iterable[_Reference]) -> Match:
    """A word that is part of a reference there is shown as this reference."""
    excerpt = excerpt_of(line.text, word)
    for one in references:
        if one.path == line.path and word in fold(one.name):
            return Match(one.kind, one.name, one.path, one.confidence, excerpt)
    found = excerpt.text[excerpt.start : excerpt.end]
    return Match("text", found, line.path, "text", excerpt)


def _documents(keys: list[Key]) -> dict[Key, _Document]:
    tasks = Task.objects.filter(pk__in=[task for _, task in keys if task is not None])
    found = {
        (workflow, pk): _Document(name, "name", kind, _shown(task_lines(_object(entry))))
        for workflow, pk, name, kind, entry in tasks.values_list(
            "workflow_id", "pk", "name", "action_type", "workflow_task_json"
        )
    }
    return defaultdict(lambda: _Document("", "name", "", []), found | _workflows(keys))


def _workflows(keys: list[Key]) -> dict[Key, _Document]:
    """Only what is outside of tasks leaves the database."""
    own = [workflow for workflow, task in keys if task is None]
    content = Func(
        "json_export",
        template="(%(expressions)s - ARRAY['tasks', 'linkages'])",
        output_field=zuora_json(),
    )
    workflows = Workflow.objects.filter(pk__in=own).annotate(content=content)
    return {
        (pk, None): _Document(name, "workflow.name", "", _shown(workflow_lines(_object(content))))
        for pk, name, content in workflows.values_list("pk", "name", "content")
    }


def _shown(lines: Iterable[Line]) -> list[Line]:
    """With paths as those of references."""
    return [Line(starred(path)[:LONGEST_PATH], text) for path, text in lines]


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _key_condition(query: Query) -> Sql | None:
    terms = [
        term
        for values in query.values.values()
        for term in values
        if term.key.is_kind or term.key.name == "has"
    ]
    return any_of(map(reference_condition, terms)) if terms else None


def _word_condition(query: Query) -> Sql | None:
    words = [fold(term.text) for term in query.texts]
    words += [literal for term in query.regexes for literal in term.literals]
    patterns = [Sql("found.name_lower LIKE %s", (like(word),)) for word in words]
    return any_of(patterns) if patterns else None


def _references(condition: Sql | None, keys: list[Key]) -> Mapping[Key, list[_Reference]]:
    found: dict[Key, list[_Reference]] = defaultdict(list)
    if condition is None:
        return found
    statement = _REFERENCES.format(condition=condition.text, most=MOST_MATCHES)
    with limited() as cursor:
        cursor.execute(statement, (*_columns(keys), *condition.values))
        for workflow, task, *row in cursor.fetchall():
            found[workflow, task].append(_Reference(*row))
    return found


def _words(query: Query, keys: list[Key]) -> Mapping[Key, list[str]]:
    """The folded texts that are looked for in each place; of a regular expression, what matches.

    PostgreSQL matches, since its time does not explode and can be limited.
    """
    texts = [fold(term.text) for term in query.texts]
    found: dict[Key, list[str]] = defaultdict(lambda: list(texts))
    for term in query.regexes:
        with limited() as cursor:
            statement = _TEXTS.format(most=_MOST_OF_A_WORD)
            cursor.execute(statement, (term.pattern, *_columns(keys), term.pattern))
            for workflow, task, text in cursor.fetchall():
                if text and text not in found[workflow, task]:
                    found[workflow, task].append(text)
    return found


def _columns(keys: list[Key]) -> tuple[list[int], list[int]]:
    return [workflow for workflow, _ in keys], [task or 0 for _, task in keys]
