"""The search box: what is found by name, in which order, and by whom."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.integration.web.conftest import make_customer
from tests.integration.web.made_jobs import Status, make_job
from workflow_mirror.access.scope import EVERYTHING, Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.overview import find as module
from workflow_mirror.overview.find import Kind, find
from workflow_mirror.workflows.models import Task, Workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def brenta() -> Customer:
    return make_customer("Brenta Energia")


@pytest.fixture
def adige() -> Customer:
    return make_customer("Adige Media")


def workflow(customer: Customer, name: str, **columns: object) -> Workflow:
    number = Workflow.objects.count() + 9000
    return Workflow.objects.create(customer=customer, zuora_id=str(number), name=name, **columns)


def task(owner: Workflow, name: str) -> Task:
    number = str(Task.objects.count() + 5000)
    return Task.objects.create(workflow=owner, customer=owner.customer, zuora_id=number, name=name)


def names(text: str, kind: Kind, scope: Scope = EVERYTHING, most: int = 20) -> list[str]:
    found = find(scope, text, [kind], most)
    return [hit.name for group in found for hit in group.hits]


def test_hits_come_by_exact_name_beginning_words_and_other_columns(brenta: Customer) -> None:
    workflow(brenta, "Collections", description="The dunning of old")
    for name in ("Predunning", "US dunning", "Dunning run", "Dunning"):
        workflow(brenta, name)
    assert names("dunning", Kind.WORKFLOW) == [
        "Dunning",
        "Dunning run",
        "US dunning",
        "Predunning",
        "Collections",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dunning US", "Dunning letters US"),
        ("30 days", "Close after 30 days"),
        ("usage S3", "Import usage from S3"),
    ],
)
def test_words_of_one_or_two_letters_count(brenta: Customer, text: str, found: str) -> None:
    for name in (
        "Dunning letters US",
        "Dunning busy",
        "Close after 130 days",
        "Close after 30 days",
        "Import usage from XS3",
        "Import usage from S3",
    ):
        task(workflow(brenta, name), name)
    assert names(text, Kind.WORKFLOW) == [found]
    assert names(text, Kind.TASK) == [found]


def test_a_short_word_that_stands_alone_comes_before_words_that_begin_with_it(
    brenta: Customer,
) -> None:
    for name in ("A dunning of usage", "Z dunning US", "Dunning busy"):
        workflow(brenta, name)
    assert names("us dunning", Kind.WORKFLOW) == ["Z dunning US", "A dunning of usage"]


def test_a_customers_name_narrows(brenta: Customer, adige: Customer) -> None:
    for customer in (brenta, adige):
        task(workflow(customer, "Dunning"), "Send dunning letter")
        workflow(customer, "Closing")
    for kind in (Kind.WORKFLOW, Kind.TASK):
        [group] = find(EVERYTHING, "Brenta dunning", [kind], 20)
        assert [hit.customer for hit in group.hits] == ["Brenta Energia"]


def test_customers_and_jobs_are_found_by_their_words(brenta: Customer, adige: Customer) -> None:
    old, new = (make_job(brenta, Status.SUCCEEDED) for _ in range(2))
    other = make_job(adige, Status.SUCCEEDED)
    assert names("energia bre", Kind.CUSTOMER) == ["Brenta Energia"]
    assert names("brenta", Kind.JOB) == [str(new.pk), str(old.pk)]
    assert names("sync adige", Kind.JOB) == [str(other.pk)]
    assert names(str(old.pk), Kind.JOB)[0] == str(old.pk)
    assert names("9" * 30, Kind.JOB) == []


def test_an_id_is_found(brenta: Customer) -> None:
    found = workflow(brenta, "Dunning")
    assert names(found.zuora_id, Kind.WORKFLOW) == ["Dunning"]


def test_deleted_workflows_come_after_the_others_of_their_rank(
    brenta: Customer, adige: Customer
) -> None:
    workflow(adige, "Dunning", deleted_at=timezone.now())
    workflow(brenta, "Dunning")
    [group] = find(EVERYTHING, "dunning", [Kind.WORKFLOW], 20)
    assert [hit.is_deleted for hit in group.hits] == [False, True]


def test_nothing_outside_of_the_scope_is_found(brenta: Customer, adige: Customer) -> None:
    task(workflow(adige, "Dunning"), "Dunning letter")
    make_job(adige, Status.SUCCEEDED)
    own = Scope((brenta.pk,))
    for text in ("dunning", "adige", "adige dunning", "5000", "9000"):
        assert find(own, text, Kind, 20) == []
    assert {group.kind for group in find(Scope((adige.pk,)), "adige", Kind, 20)} == set(Kind)


def test_a_customer_out_of_scope_narrows_nothing(brenta: Customer, adige: Customer) -> None:
    workflow(brenta, "Adige reports")
    assert names("adige", Kind.WORKFLOW, Scope((brenta.pk,))) == ["Adige reports"]


def test_a_cut_group_says_so(brenta: Customer) -> None:
    for number in range(4):
        workflow(brenta, f"Dunning {number}")
    [cut] = find(EVERYTHING, "dunning", [Kind.WORKFLOW], 3)
    [whole] = find(EVERYTHING, "dunning", [Kind.WORKFLOW], 4)
    assert (len(cut.hits), cut.is_cut, whole.is_cut) == (3, True, False)


def test_the_exact_name_is_found_among_more_hits_than_are_ranked(
    brenta: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RANKED", 5)
    for number in range(20):
        workflow(brenta, f"A dunning {number}")
    workflow(brenta, "Dunning")
    assert names("dunning", Kind.WORKFLOW)[0] == "Dunning"
    assert names("brenta dunning", Kind.WORKFLOW)[0] == "Dunning"


@pytest.mark.parametrize("text", ["", "  ", "\0", "%", "_", "\\", "[", "(", "*", "a" * 5000, "- -"])
def test_any_text_is_answered(brenta: Customer, text: str) -> None:
    task(workflow(brenta, "Dunning"), "Dunning")
    make_job(brenta, Status.SUCCEEDED)
    assert find(EVERYTHING, text.replace("\0", "\ufffd"), Kind, 5) == []


def test_the_number_of_statements_does_not_grow(brenta: Customer, adige: Customer) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            find(EVERYTHING, "brenta dunning us", Kind, 20)
        return len(asked)

    task(workflow(brenta, "Dunning US"), "Dunning US")
    few = statements()
    for _ in range(30):
        task(workflow(brenta, "Dunning US"), "Dunning US")
    assert statements() == few <= 6
