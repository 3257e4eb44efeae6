"""Rows that are copied fail with Django's errors, on which jobs decide whether they try again."""

import pytest
from django.db import ProgrammingError

from workflow_mirror.references.copying import copy_rows


@pytest.mark.django_db
def test_an_error_of_the_statement_is_djangos() -> None:
    with pytest.raises(ProgrammingError):
        copy_rows("COPY nothing FROM STDIN", [])
