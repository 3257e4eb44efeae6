"""The benchmark of the search fills the index as the program does, so that searches find it."""

import pytest

from benchmarks.search_data import fill_index
from benchmarks.search_work import QUERIES
from benchmarks.web_data import Size, fill
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.references.models import WorkflowReference, WorkflowText
from workflow_mirror.references.name_hashes import hashes_of_place
from workflow_mirror.references.query import parse
from workflow_mirror.references.search import search


@pytest.mark.django_db(transaction=True)
def test_the_benchmark_has_something_to_search() -> None:
    fill(
        Size(
            customers=5,
            workflows=20,
            tasks=60,
            jobs=100,
            batches=4,
            schedules=3,
            users=4,
            changes=10,
        )
    )
    fill_index()
    assert (WorkflowReference.objects.count(), WorkflowText.objects.count()) == (60 * 14, 80)
    found = search(parse("object:Account invoice"), EVERYTHING)
    assert found.total
    assert found.not_searched.not_indexed == 0
    for place in WorkflowText.objects.exclude(task=None).select_related("task"):
        names = WorkflowReference.objects.filter(task=place.task).values_list("kind", "name_lower")
        assert place.task
        assert place.name_hashes == hashes_of_place(names, place.task.action_type)
    for query in QUERIES.values():
        search(parse(query), EVERYTHING)
