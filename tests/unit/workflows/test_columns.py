"""The catalogue of columns, as the models and the sync read it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import models

from workflow_mirror.workflows.columns import TASKS, WORKFLOWS, Column, listed_value, stored
from workflow_mirror.workflows.models import Task, Workflow
from workflow_mirror.zuora.definitions import read_definition

FIELDS: dict[type[Any], type[Any]] = {
    int: models.BigAutoField,
    str: models.TextField,
    bool: models.BooleanField,
    datetime: models.DateTimeField,
    list: models.JSONField,
}


@pytest.mark.parametrize(("model", "columns"), [(Workflow, WORKFLOWS), (Task, TASKS)])
def test_a_column_has_one_line_and_is_a_field_of_its_kind(
    model: type[models.Model], columns: tuple[Column, ...]
) -> None:
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    for column in columns:
        if column.name in stored(columns):
            assert isinstance(model._meta.get_field(column.name), FIELDS[column.kind]), column.name


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        (str, "a", "a"),
        (str, 7, "7"),
        (str, None, ""),
        (bool, True, True),
        (bool, "yes", False),
        (datetime, "2026-11-28T09:22:00.000Z", datetime(2026, 11, 28, 9, 22, tzinfo=UTC)),
        (datetime, "soon", None),
    ],
)
def test_a_key_that_definition_does_not_know_is_read_from_the_list_row(
    kind: type[Any], sent: Any, value: Any
) -> None:
    row = read_definition({"id": 1, "cssClass": sent})
    assert listed_value(Column("css_class", source="cssClass", kind=kind), row) == value


def test_what_definition_knows_is_read_from_it() -> None:
    row = read_definition({"id": 1, "status": "Active", "state": "no key of Zuora's"})
    assert listed_value(Column("state", source="state"), row) == "Active"
