"""What an entry of the change log says, and the diff in it that is computed once."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from workflow_mirror.customers.models import Customer
from workflow_mirror.history import summaries
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.summaries import summarise
from workflow_mirror.history.words import told
from workflow_mirror.workflows.models import WorkflowExport


def document(**parameters: Any) -> dict[str, Any]:
    task = {"id": 1, "name": "Get", "action_type": "Query", "parameters": parameters}
    return {"workflow": {"id": 9, "name": "Dunning"}, "tasks": [task], "linkages": []}


@pytest.fixture
def exports(customer: Customer, transactional_db: None) -> list[WorkflowExport]:
    return [
        WorkflowExport.objects.create(
            customer=customer,
            workflow_zuora_id="7",
            content_hash=str(number) * 64,
            document=document(where_clause=f"a = {number}"),
            first_seen_at=timezone.now(),
            last_seen_at=timezone.now(),
        )
        for number in range(2)
    ]


def entry(customer: Customer, kind: str, **more: Any) -> WorkflowChange:
    return WorkflowChange.objects.create(
        customer=customer, workflow_zuora_id="7", seen_at=timezone.now(), kind=kind, **more
    )


def content(customer: Customer, exports: list[WorkflowExport], **more: Any) -> WorkflowChange:
    return entry(customer, "content", export_before=exports[0], export_after=exports[1], **more)


def test_a_content_entry_tells_its_diff_in_either_language(
    customer: Customer, exports: list[WorkflowExport]
) -> None:
    change = content(customer, exports)
    assert told(change) == "Content changed"

    summarise([change])

    assert told(change) == "1 task edited"
    with translation.override("it"):
        assert told(change) == "1 task modificato"


def test_the_diff_is_computed_once(customer: Customer, exports: list[WorkflowExport]) -> None:
    summarise([content(customer, exports)])
    stored = WorkflowChange.objects.get()

    with CaptureQueriesContext(connection) as captured:
        summarise([stored])

    assert (len(captured), told(stored)) == (0, "1 task edited")


def test_one_request_computes_a_limited_number_of_diffs_in_few_statements(
    customer: Customer, exports: list[WorkflowExport]
) -> None:
    entries = [content(customer, exports) for _ in range(summaries.MOST_AT_ONCE + 5)]

    with CaptureQueriesContext(connection) as captured:
        summarise(entries)

    assert sum(one.summary is not None for one in entries) == summaries.MOST_AT_ONCE
    assert len(captured) <= 6


def test_large_exports_are_not_compared_for_a_sentence(
    customer: Customer, exports: list[WorkflowExport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "LARGEST_BYTES", 10)
    change = content(customer, exports)

    summarise([change])

    assert told(change) == "Content changed"


def test_a_database_that_is_read_only_shows_the_sentence_all_the_same(
    customer: Customer, exports: list[WorkflowExport]
) -> None:
    change = content(customer, exports)

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        summarise([change])

    assert told(change) == "1 task edited"
    assert WorkflowChange.objects.get().summary is None


FAILURE = {
    "export_error": {"before": "", "after": "Zuora does not know this workflow or version"},
    "export_error_details": {"before": None, "after": {"code": "not_found", "facts": {}}},
}


@pytest.mark.parametrize(
    ("kind", "fields", "english", "italian"),
    [
        ("created", {}, "Created", "Creato"),
        ("deleted", {}, "Deleted in Zuora", "Eliminato in Zuora"),
        ("restored", {}, "In Zuora again", "Di nuovo in Zuora"),
        (
            "renamed",
            {"name": {"before": "50%", "after": "60%s"}},
            "Renamed from “50%” to “60%s”",
            "Rinominato da “50%” a “60%s”",
        ),
        (
            "activated",
            {"version": {"before": "0.0.1", "after": "0.0.2"}},
            "Version 0.0.2 activated instead of 0.0.1",
            "Versione 0.0.2 attivata al posto della 0.0.1",
        ),
        (
            "activated",
            {"state": {"before": "Inactive", "after": "Active"}},
            "Activated",
            "Attivato",
        ),
        (
            "deactivated",
            {"version": {"before": "0.0.1", "after": ""}},
            "Version 0.0.1 deactivated",
            "Versione 0.0.1 disattivata",
        ),
        (
            "settings",
            {"interval": {"before": "", "after": "0 5 * * *"}, "gone": {}},
            "Settings changed: schedule, gone",
            "Impostazioni modificate: pianificazione, gone",
        ),
        (
            "draft",
            {"draft_version": {"before": "0.0.2", "after": ""}},
            "Draft 0.0.2 removed",
            "Bozza 0.0.2 rimossa",
        ),
        (
            "export_failed",
            FAILURE,
            "Export failed: Zuora does not know this workflow or version",
            "Export non riuscito: Zuora non conosce questo workflow o questa versione",
        ),
        (
            "export_recovered",
            {},
            "Export succeeded again",
            "Export di nuovo riuscito",
        ),
    ],
)
def test_every_kind_is_told(
    customer: Customer, kind: str, fields: dict[str, Any], english: str, italian: str
) -> None:
    change = entry(customer, kind, fields=fields)

    assert told(change) == english
    with translation.override("it"):
        assert told(change) == italian
