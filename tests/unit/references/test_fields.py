"""Fields and objects: the `fields` structure, ZOQL, SQL."""

import subprocess
import sys
from typing import Any

import pytest

from tests.unit.references.made_exports import (
    CERTAIN,
    LIKELY,
    export_of,
    found,
    found_in,
    names_in,
    task,
)
from workflow_mirror.references.extract import extract

QUERY = {"action_type": "Query", "object": "Account"}


def where(clause: str, **columns: Any) -> set[tuple[str, str, str]]:
    return found_in({"where_clause": clause}, "field", **QUERY | columns)


def sql(query: str) -> set[tuple[str, str, str]]:
    return found_in({"query": query}, "field", "object", action_type="Data::Link")


def test_the_fields_of_a_query_belong_to_their_object() -> None:
    fields = {"Account": {"Region__c": "true", "Name": "true", "Status": "false"}}
    assert found_in({"fields": fields}, "field", "object", **QUERY) == {
        ("object", "Account", CERTAIN),
        ("field", "Account.Region__c", CERTAIN),
        ("field", "Account.Name", CERTAIN),
    }


def test_a_field_that_is_set_to_false_is_a_field() -> None:
    fields = {"Account": {"Active__c": "false"}}
    assert names_in({"fields": fields}, "field", action_type="Update") == {"Account.Active__c"}


def test_a_field_of_a_related_object_keeps_its_object() -> None:
    fields = {"Invoice": {"Account.Name": "true"}}
    assert names_in({"fields": fields}, "field", action_type="Export") == {"Account.Name"}


def test_the_path_leads_to_the_field() -> None:
    document = export_of(task("Query", parameters={"fields": {"Account": {"Name": "true"}}}))
    [field] = [one for one in extract(document).references if one.kind == "field"]
    assert (field.path, field.task_zuora_id) == ("parameters.fields.Account.Name", "7")


def test_an_unqualified_field_of_a_query_belongs_to_the_object_of_the_task() -> None:
    assert where("Region__c = 'North' and Account.Status != null") == {
        ("field", "Account.Region__c", CERTAIN),
        ("field", "Account.Status", CERTAIN),
    }


@pytest.mark.parametrize(
    "clause",
    [
        "WHERE region__c = 'Account.Name'",
        "Id = '{{ Data.Invoice.Id }}' OR region__c IN ({{ ids }})",
        "region__c = ‘North’\r\nAND 1 = 1",
        'region__c = "North"',
    ],
)
def test_a_where_clause_may_hold_liquid_and_quotes_of_any_kind(clause: str) -> None:
    assert ("field", "Account.region__c", CERTAIN) in where(clause)
    assert extract(export_of(task(parameters={"where_clause": clause}, **QUERY))).unparsed == 0


def test_an_alias_in_sql_is_resolved_to_its_table() -> None:
    query = (
        "SELECT a.Name, SUM(i.Balance) AS total FROM Account a\r\n"
        "JOIN Invoice i ON i.AccountId = a.Id"
    )
    assert sql(query + " WHERE i.Status = 'Posted' ORDER BY total") == {
        ("object", "Account", CERTAIN),
        ("object", "Invoice", CERTAIN),
        *(("field", f"Account.{name}", CERTAIN) for name in ("Name", "Id")),
        *(("field", f"Invoice.{name}", CERTAIN) for name in ("Balance", "AccountId", "Status")),
    }


def test_a_column_of_a_subquery_belongs_to_the_table_in_it() -> None:
    query = "WITH x AS (SELECT Id, Name AS n FROM Account) SELECT n, x.Id FROM x"
    assert sql(query) == {
        ("object", "Account", CERTAIN),
        ("field", "Account.Id", CERTAIN),
        ("field", "Account.Name", CERTAIN),
    }


def test_a_column_of_one_of_two_tables_has_no_object() -> None:
    assert ("field", "Balance", LIKELY) in sql("SELECT Balance FROM Account, Invoice")


def test_sql_that_does_not_parse_is_read_by_patterns_and_counted() -> None:
    broken = "SELECT a.Region__c, Account.Name FROM Account a WHERE (("
    document = export_of(task("Data::Link", parameters={"query": broken}))
    assert {name for _, name, _ in found(document, "field")} == {"Region__c", "Account.Name"}
    assert extract(document).unparsed == 1


@pytest.mark.parametrize(
    "bomb",
    [
        "SELECT " + "(" * 50_000 + "Account.Region__c" + ")" * 50_000 + " FROM Account",
        "SELECT Account.Region__c FROM Account WHERE " + "NOT " * 40_000 + "a",
        "SELECT Account.Region__c, " + "CASE WHEN a THEN " * 5_000,
        "SELECT Account.Region__c, " + "f(" * 100 + "1" + ")" * 100 + " FROM Account",
    ],
)
def test_a_bomb_of_sql_is_not_parsed(bomb: str) -> None:
    document = export_of(task("Data::Link", parameters={"query": bomb}))
    assert ("field", "Account.Region__c", LIKELY) in found(document)
    assert extract(document).unparsed == 1


def test_the_inputs_of_a_workflow_are_fields() -> None:
    inputs = [{"index": 0, "object_name": "Account", "field_name": "Id", "datatype": "Text"}]
    document = export_of(parameters={"fields": inputs})
    [field] = [one for one in extract(document).references if one.kind == "field"]
    assert (field.name, field.task_zuora_id) == ("Account.Id", None)
    assert field.path == "workflow.parameters.fields[0].field_name"


@pytest.mark.parametrize("name", ["CUSTOM LIQUID", "Invoice__12.csv.zip", "", None, 5])
def test_an_object_that_is_none_is_not_taken_for_one(name: Any) -> None:
    assert "object" not in {kind for kind, _, _ in found(export_of(task("Iterate", object=name)))}


def test_neither_django_nor_the_slow_parser_is_imported_with_the_extractors() -> None:
    code = "import sys, workflow_mirror.references.extract; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "workflow_mirror.references.extract" in loaded
    assert not {"django", "psycopg", "sqlglot"} & set(loaded)
