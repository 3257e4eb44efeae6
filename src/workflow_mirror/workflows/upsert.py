"""Many rows at once, new or known, in one statement.

The rows travel as one JSON parameter, which PostgreSQL takes apart by the table's own column
types. Documents of tens of kilobytes are what this system moves; as literals or arrays they would
be quoted and parsed several times over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from workflow_mirror.workflows.documents import dump


@dataclass(frozen=True)
class Upsert:
    """How rows get into a table.

    `key` are the columns of the unique constraint that tells a known row, `update` the columns
    that a known row takes over. With `only_if_changed` a known row that has them already is not
    written at all.
    """

    table: str
    key: tuple[str, ...]
    update: tuple[str, ...]
    only_if_changed: tuple[str, ...] = ()

    def write(self, rows: Sequence[dict[str, Any]], returning: str) -> list[tuple[Any, ...]]:
        """Write rows that have the same columns; gives what `returning` says of those written.

        The columns are constants of this code, never data.
        """
        if not rows:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self._sql(tuple(rows[0]), returning), [dump(list(rows)).decode()])
            return cursor.fetchall()

    def _sql(self, columns: tuple[str, ...], returning: str) -> str:
        names = ", ".join(columns)
        return f"""
        INSERT INTO {self.table} ({names})
        SELECT {names} FROM jsonb_populate_recordset(NULL::{self.table}, %s::jsonb)
        ON CONFLICT ({", ".join(self.key)}) DO UPDATE
        SET {", ".join(f"{column} = EXCLUDED.{column}" for column in self.update)}
        {self._condition()}
        RETURNING {returning}
        """  # noqa: S608 - built from constants of this code alone

    def _condition(self) -> str:
        if not self.only_if_changed:
            return ""
        mine = ", ".join(f"{self.table}.{column}" for column in self.only_if_changed)
        theirs = ", ".join(f"EXCLUDED.{column}" for column in self.only_if_changed)
        return f"WHERE ({mine}) IS DISTINCT FROM ({theirs})"
