"""The tables of the database: those of this version, of an older or of a newer one; and what a
migration does to their rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import AppConfig, apps
from django.contrib.postgres.operations import CreateExtension
from django.db import connection, migrations
from django.db.migrations import Migration
from django.db.migrations.exceptions import AmbiguityError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

type Plan = list[tuple[Migration, bool]]  # each with whether it is undone

# What leaves the rows that are there as they are.
_HARMLESS = (
    migrations.CreateModel,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.AddConstraint,
    migrations.RemoveConstraint,
    CreateExtension,
)


@dataclass(frozen=True)
class Loss:
    """Rows that a migration deletes with their table, or a column of theirs (`table.column`)."""

    of: str
    rows: int

    def __str__(self) -> str:
        table, _, column = self.of.partition(".")
        rows = f"{self.rows} {'row' if self.rows == 1 else 'rows'} of {table}"
        return f"the column {column} in {rows}" if column else rows


@dataclass(frozen=True)
class Step:
    """One migration of a plan. `changes_rows`: it may change or delete rows that exist."""

    migration: str
    is_undone: bool
    changes_rows: bool


def is_current() -> bool:
    """Whether the database has exactly the migrations of this version.

    Every command asks, so no migration is imported: the names of the files suffice. Where a library
    has put old migrations together, the answer is False, and `Schema` knows more.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations')")
        if cursor.fetchone() == (None,):
            return False
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return applied == {
        (config.label, name) for config in apps.get_app_configs() for name in _migrations_of(config)
    }


def _migrations_of(config: AppConfig) -> Iterator[str]:
    """The names that Django's MigrationLoader would import."""
    spec = find_spec(f"{config.name}.migrations")
    for _, name, is_package in iter_modules(spec.submodule_search_locations if spec else []):
        if not is_package and name[0] not in "_~":
            yield name


class Schema:
    """The migrations as they are at this moment, in the database and in this version."""

    def __init__(self) -> None:
        self._executor = MigrationExecutor(connection)

    @property
    def is_new(self) -> bool:
        """Whether nothing has ever been migrated."""
        return not self._loader.applied_migrations

    @property
    def is_behind(self) -> bool:
        return bool(self.plan())

    def unknown(self) -> list[str]:
        """Applied migrations that this version does not have: a newer one made them.

        Of a library's migrations only those after its newest: it may have put old ones together.
        """
        return self.unknown_of(self._loader.applied_migrations)

    def unknown_of(self, applied: Iterable[tuple[str, str]]) -> list[str]:
        """The same of migrations that another database has."""
        known = set(self._loader.disk_migrations)
        known |= {old for one in self._loader.disk_migrations.values() for old in one.replaces}
        unknown = (node for node in applied if node not in known)
        return sorted(f"{app}.{name}" for app, name in unknown if self._is_newer(app, name))

    def plan(self, app: str | None = None, migration: str | None = None) -> Plan:
        """What Django's command would do with these arguments; nothing where it refuses them."""
        graph = self._loader.graph
        if migration is None or app is None:
            return self._executor.migration_plan(graph.leaf_nodes(app))
        if migration == "zero":
            return self._executor.migration_plan([(app, None)])
        try:
            found = self._loader.get_migration_by_prefix(app, migration)
        except (AmbiguityError, KeyError):
            return []
        return self._executor.migration_plan([(app, found.name)])

    def losses(self, plan: Plan) -> list[Loss]:
        """What undoing these migrations deletes."""
        undone = {(one.app_label, one.name) for one, backwards in plan if backwards}
        if not undone:
            return []
        applied = [
            node for node in self._loader.applied_migrations if node in self._loader.graph.nodes
        ]
        before = _columns(self._loader.project_state(applied))
        after = _columns(self._loader.project_state([one for one in applied if one not in undone]))
        with connection.cursor() as cursor:
            there = connection.introspection.table_names(cursor)
        found = []
        for table in sorted(before.keys() & set(there)):
            if table not in after:
                found.append(Loss(table, _count(table)))
            else:
                gone = sorted(before[table] - after[table])
                found += [Loss(f"{table}.{column}", _count(table, column)) for column in gone]
        return [loss for loss in found if loss.rows]

    @staticmethod
    def changes_rows(plan: Plan) -> bool:
        """Whether existing rows may be changed or deleted."""
        return any(
            backwards or not isinstance(operation, _HARMLESS)
            for migration, backwards in plan
            for operation in migration.operations
        )

    def steps(self, plan: Plan) -> list[Step]:
        return [
            Step(f"{one.app_label}.{one.name}", backwards, self.changes_rows([(one, backwards)]))
            for one, backwards in plan
        ]

    @property
    def _loader(self) -> MigrationLoader:
        return self._executor.loader

    def _is_newer(self, app: str, name: str) -> bool:
        config = apps.app_configs.get(app)
        if config is None or config.name.startswith("workflow_mirror."):
            return True
        return all(name > other for label, other in self._loader.disk_migrations if label == app)


def _columns(state: ProjectState) -> dict[str, set[str]]:
    """The tables of a state, each with the columns that hold data of their own."""
    models = state.apps.get_models(include_auto_created=True)
    options = [model._meta for model in models]  # noqa: SLF001 - public by its documentation
    return {
        one.db_table: {
            str(field.column) for field in one.local_concrete_fields if not field.generated
        }
        for one in options
        if not one.proxy
    }


def _count(table: str, column: str = "") -> int:
    """Rows of the table, or those that have a value in the column."""
    what = connection.ops.quote_name(column) if column else "*"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count({what}) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of models
        return int(cursor.fetchone()[0])
