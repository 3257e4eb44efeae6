"""Names are found by the same rule in SQL and in Python, along an index."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.integration.web.conftest import make_customer
from workflow_mirror.access.scope import EVERYTHING, Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.name_search import has_term
from workflow_mirror.workflows.queries import search_workflows, workflows_in

LETTERS = "abAB1é -_.(%\\"
names = st.text(LETTERS, min_size=1, max_size=8)
terms = st.text(LETTERS.replace(" ", ""), min_size=1, max_size=4).filter(
    lambda one: one[0].isalnum()
)


class TheSameRule(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.lists(names, min_size=1, max_size=12, unique=True), terms)
    def test_a_name_has_a_term_in_sql_where_it_has_it_in_python(
        self, found: list[str], term: str
    ) -> None:
        customer = make_customer("---")
        for number, name in enumerate(found):
            Workflow.objects.create(customer=customer, zuora_id=f"id-{number}", name=name)
        matching = search_workflows(workflows_in(EVERYTHING), term, ("name",))
        by_sql = set(matching.values_list("name", flat=True))
        assert by_sql == {name for name in found if has_term(name, term)}


@pytest.fixture
def brenta(db: None) -> Customer:
    return make_customer("Brenta Energia")


@pytest.mark.parametrize("text", ["dunning", "US", "S3", "30"])
def test_a_term_is_looked_up_in_the_trigram_index(brenta: Customer, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = search_workflows(workflows_in(EVERYTHING), text, ("name",)).explain()
    assert "workflows_name_search" in plan


def test_a_customers_name_is_a_term_of_its_workflows(brenta: Customer) -> None:
    other = make_customer("Adige Media")
    for customer in (brenta, other):
        Workflow.objects.create(customer=customer, zuora_id="1", name="Dunning")

    def found(text: str, scope: Scope = EVERYTHING) -> list[str]:
        rows = search_workflows(workflows_in(scope), text)
        return sorted(rows.values_list("customer__name", flat=True))

    assert found("brenta dunning") == ["Brenta Energia"]
    assert found("adige") == ["Adige Media"]
    assert found("brenta adige") == []
    assert found("adige", Scope((brenta.pk,))) == []
