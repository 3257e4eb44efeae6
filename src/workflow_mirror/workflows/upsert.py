"""Many rows at once, new or known, in one statement.

The rows travel as one JSON parameter, which PostgreSQL takes apart by the table's own column
types. Documents of tens of kilobytes are what this system moves; as literals or arrays they would
be quoted and parsed several times over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from workflow_mirror.exact_json import dump


@dataclass(frozen=True)
class Upsert:
    """How rows get into a table.

    `key` are the columns of the unique constraint that tells a known row, `update` the columns
    that a known row takes over.
    """

    table: str
    key: tuple[str, ...]
    update: tuple[str, ...]

    def write(self, rows: Sequence[dict[str, Any]], returning: str) -> list[tuple[Any, ...]]:
        """Write rows that have the same columns; gives what `returning` says of each.

        A value may be an orjson.Fragment: JSON that is there already. The columns are constants
        of this code, never data.
        """
        if not rows:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self._sql(tuple(rows[0]), returning), [dump(list(rows)).decode()])
            return list(cursor.fetchall())

    def _sql(self, columns: tuple[str, ...], returning: str) -> str:
        names = ", ".join(columns)
        return f"""
        INSERT INTO {self.table} ({names})
        SELECT {names} FROM jsonb_populate_recordset(NULL::{self.table}, %s::jsonb)
        ON CONFLICT ({", ".join(self.key)}) DO UPDATE
        SET {", ".join(f"{column} = EXCLUDED.{column}" for column in self.update)}
        RETURNING {returning}
        """  # noqa: S608 - built from constants of this code alone
