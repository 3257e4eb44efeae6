"""A fake tenant: its definitions, and the changes that can be made while the fake serves."""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from random import Random
from threading import RLock
from typing import Any, Concatenate
from uuid import uuid4

from workflow_mirror.fake_zuora import words
from workflow_mirror.fake_zuora.answers import Body, render
from workflow_mirror.fake_zuora.clock import Clock
from workflow_mirror.fake_zuora.definitions import (
    UNKNOWN_PERSON,
    Definition,
    JsonObject,
    Triggers,
    Version,
    copy_content,
)
from workflow_mirror.fake_zuora.exports import Recipe
from workflow_mirror.fake_zuora.limits import InFlight, RequestBudget
from workflow_mirror.fake_zuora.options import TenantOptions
from workflow_mirror.fake_zuora.rows import list_row

# The two ID spaces overlap on purpose, and so do those of two tenants (API.md section 0).
FIRST_DEFINITION_ID = 101
FIRST_VERSION_ID = 104
FIRST_TASK_ID = 849
SOMEBODY = "billing@example.com"
"""The author of changes that name nobody."""
OLDEST = datetime(2023, 1, 9, 8, 0, tzinfo=UTC)
# One in this many generated workflows ...
BIG_EMAIL_EVERY = 20  # ... has an email of 30 KB
UNACTIVATED_EVERY = 17  # ... has no active version
SWITCHED_OFF_EVERY = 9  # ... has status Inactive
REPLACED_EVERY = 11  # ... has a third version
DRAFT_EVERY = 13  # ... has a newer version that is not yet active
UNKNOWN_AUTHOR_EVERY = 7  # One in this many versions is by a person whom Zuora no longer knows.


class UnknownDefinitionError(KeyError):
    """There is no definition with this ID."""

    def __str__(self) -> str:
        return f"tenant has no definition {self.args[0]!r}"


def _locked[**P, R](
    method: Callable[Concatenate["Tenant", P], R],
) -> Callable[Concatenate["Tenant", P], R]:
    """Make a change atomic: the server answers from another thread."""

    @wraps(method)
    def locked(self: "Tenant", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.lock:
            return method(self, *args, **kwargs)

    return locked


class Tenant:
    """One tenant. Created by `FakeZuora.add_tenant`; `options` can be changed at any time."""

    def __init__(  # noqa: PLR0913  (called in one place)
        self,
        name: str,
        credentials: tuple[str | None, str | None],
        options: TenantOptions,
        *,
        number: int,
        clock: Clock,
        lock: RLock,
    ) -> None:
        self.name = name
        self.client_id = credentials[0] or str(uuid4())
        self.client_secret = credentials[1] or make_secret()
        self.options = options
        self.number = number
        self.clock = clock
        self.lock = lock
        self.budget = RequestBudget()
        self.in_flight = InFlight()
        self._definitions: dict[int, Definition] = {}
        self._deleted: dict[int, Definition] = {}
        self._made = 0
        self._next_version_id = FIRST_VERSION_ID
        self._next_task_id = FIRST_TASK_ID

    def __repr__(self) -> str:
        return f"Tenant({self.name!r}, definitions={len(self._definitions)})"

    # Reading

    @property
    @_locked
    def definitions(self) -> Mapping[int, Definition]:
        """The current definitions by ID, oldest first (a copy: deletions do not change it)."""
        return dict(self._definitions)

    @_locked
    def definition(self, definition_id: int) -> Definition:
        """Find a definition; raises UnknownDefinitionError if it is deleted or never existed."""
        try:
            return self._definitions[definition_id]
        except KeyError:
            raise UnknownDefinitionError(definition_id) from None

    @_locked
    def row(self, definition_id: int) -> JsonObject:
        """Return the row that the list would show now."""
        return list_row(self.definition(definition_id), self.options)

    @_locked
    def export(self, definition_id: int, version: str | None = None) -> JsonObject:
        """Return the document that the server would serve.

        `version` is a number or `latest`; None selects the active version, or the latest if none
        is active. Raises ValueError if a test has set bytes that are not JSON.
        """
        document: JsonObject = json.loads(self.export_body(definition_id, version).plain)
        return document

    @_locked
    def export_body(self, definition_id: int, version: str | None = None) -> Body:
        """Render the export, or return the rendered one."""
        definition = self.definition(definition_id)
        found = self._version(definition, version)
        return found.body(definition, newer=self.options.dialect == "newer")

    def render_exports(self, *, gzipped: bool = True) -> int:
        """Render every plain export in advance, so that benchmarks do not measure the rendering.

        Returns the number of bytes.
        """
        total = 0
        for definition_id in self.definitions:
            body = self.export_body(definition_id)
            total += len(body.gzipped() if gzipped else body.plain)
        return total

    # Adding

    @_locked
    def add_workflow(  # noqa: PLR0913  (all by keyword)
        self,
        name: str | None = None,
        *,
        tasks: int = 20,
        active: bool = True,
        status: str = "Active",
        description: str | None = None,
        triggers: Triggers | None = None,
        seed: int | None = None,
        big_email: bool = False,
        entity: str | None = None,
        org: str | None = None,
        by: str | None = None,
    ) -> Definition:
        """Add a definition with one version and a generated export of exactly `tasks` tasks.

        `active=False` leaves its version inactive, as Zuora creates new versions. `by` is the work
        email of its author. The same calls
        with the same seeds give the same documents; without a seed, the ID is the seed.
        """
        definition_id = FIRST_DEFINITION_ID + self._made
        self._made += 1
        random = Random(definition_id if seed is None else seed)
        created = OLDEST + timedelta(milliseconds=random.randrange(600 * 86_400_000))
        updated = created + timedelta(milliseconds=random.randrange(200 * 86_400_000))
        definition = Definition(
            id=definition_id,
            name=name or words.workflow_name(self._made - 1),
            description=random.choice(words.DESCRIPTIONS) if description is None else description,
            status=status,
            created_at=created,
            updated_at=updated,
            entity=entity,
            org=org,
        )
        version_id = self._take_version_id()
        author = by or _author(version_id)
        definition.versions.append(
            Version(
                id=version_id,
                number="0.0.1",
                status="Active" if active else "Inactive",
                triggers=triggers or _some_triggers(random),
                priority=random.choice(words.PRIORITIES),
                created_at=created,
                updated_at=updated,
                recipe=self._recipe(
                    version_id, random.randrange(2**31), tasks, big_email=big_email
                ),
                created_by=author,
                updated_by=author,
            )
        )
        self._definitions[definition_id] = definition
        return definition

    @_locked
    def generate(
        self, count: int, *, tasks: int = 20, seed: int = 1, variety: bool = True
    ) -> list[Definition]:
        """Add many realistic definitions of `tasks` tasks each.

        With `variety`, some have several versions, some are inactive, and one in 17 has no
        active version; otherwise each is active and has one active version.
        """
        made = []
        for index in range(count):
            definition = self.add_workflow(
                tasks=tasks,
                seed=seed * 1_000_003 + index,
                active=not (variety and _is_nth(index, UNACTIVATED_EVERY)),
                status="Inactive" if variety and _is_nth(index, SWITCHED_OFF_EVERY) else "Active",
                big_email=_is_nth(index, BIG_EMAIL_EVERY),
            )
            if variety:
                self._add_old_versions(definition, index)
            made.append(definition)
        return made

    def _add_old_versions(self, definition: Definition, index: int) -> None:
        for _ in range(2 if _is_nth(index, REPLACED_EVERY) else 0):
            self._append_version(definition, activate=True, moment=definition.updated_at)
        if _is_nth(index, DRAFT_EVERY):
            self._append_version(definition, activate=False, moment=definition.updated_at)

    @_locked
    def add_version(
        self,
        definition_id: int,
        *,
        activate: bool = True,
        number: str | None = None,
        by: str | None = None,
    ) -> Version:
        """Add a version with the newest version's content under new IDs; `updatedAt` moves.

        `number` defaults to the next one (0.0.2 after 0.0.1). `activate=False` makes a draft.
        """
        definition = self.definition(definition_id)
        moment = self._later_than(definition.updated_at)
        version = self._append_version(
            definition, activate=activate, moment=moment, number=number, by=by
        )
        definition.updated_at = moment
        return version

    def _append_version(
        self,
        definition: Definition,
        *,
        activate: bool,
        moment: datetime,
        number: str | None = None,
        by: str | None = None,
    ) -> Version:
        source = definition.latest
        tasks, _ = source.content or ([{}] * source.recipe.tasks, [])
        version_id = self._take_version_id()
        recipe = self._recipe(
            version_id, source.recipe.seed, len(tasks), big_email=source.recipe.big_email
        )
        version = Version(
            id=version_id,
            number=number or _next_number(source),
            status="Inactive",
            triggers=replace(source.triggers),
            priority=source.priority,
            created_at=moment,
            updated_at=moment,
            recipe=recipe,
            description=source.description,
            created_by=by or _author(version_id),
            updated_by=by or _author(version_id),
        )
        if source.content is not None:
            old_ids = [task["id"] for task in tasks]
            ids = {old: recipe.first_task_id + n for n, old in enumerate(old_ids)}
            version.content = copy_content(source, version, ids)
        definition.versions.append(version)
        if activate:
            self._set_active(definition, version)
        return version

    def _recipe(self, version_id: int, seed: int, tasks: int, *, big_email: bool) -> Recipe:
        first_task_id = self._next_task_id
        self._next_task_id += tasks
        newer = self.options.dialect == "newer"
        return Recipe(seed, tasks, first_task_id, version_id, newer=newer, big_email=big_email)

    def _take_version_id(self) -> int:
        self._next_version_id += 1
        return self._next_version_id - 1

    # Changing

    @_locked
    def rename(
        self, definition_id: int, name: str, *, description: str | None = None
    ) -> Definition:
        """Change the name, and the description if given; list and exports show the change."""
        definition = self.definition(definition_id)
        definition.name = name
        if description is not None:
            definition.description = description
        definition.forget_renderings()
        return self._touch(definition)

    @_locked
    def edit_task(  # noqa: PLR0913  (all by keyword)
        self,
        definition_id: int,
        task_id: int | None = None,
        *,
        touch: bool = True,
        version: str | None = None,
        changes: Mapping[str, Any] | None = None,
        by: str | None = None,
    ) -> JsonObject:
        """Change a task of a version (the active one, or else the latest) and return the task.

        Without `task_id`, the first task changes; without `changes`, its name gets a mark. Fields
        are replaced, except `parameters`, which are merged key by key. `by` becomes the version's
        `updated_by`. `touch=False`: the content changes but `updatedAt` and `updated_by` do not,
        which Zuora does not rule out (section 11).
        """
        definition = self.definition(definition_id)
        found = self._version(definition, version)
        tasks, _ = found.editable()
        task = _find_task(tasks, task_id)
        changes = {"name": f"{task['name']} (edited)"} if changes is None else dict(changes)
        parameters = changes.pop("parameters", {})
        task.update(changes)
        task["parameters"] = {**(task.get("parameters") or {}), **parameters}
        if touch:
            self._sign(definition, found, by)
        return task

    @_locked
    def change_schedule(
        self, definition_id: int, interval: str, *, timezone: str = "UTC", by: str | None = None
    ) -> Definition:
        """Run the version shown on a schedule; list and exports show it."""
        definition = self.definition(definition_id)
        version = definition.shown
        version.triggers = replace(
            version.triggers, scheduled=True, interval=interval, timezone=timezone
        )
        version.forget_rendering()
        return self._sign(definition, version, by)

    @_locked
    def set_export(
        self, definition_id: int, document: Any, *, version: str | None = None
    ) -> Definition:
        """Serve this as the definition's export: bytes unchanged, any other value as JSON.

        Applies to the active version, or the latest if none is active. `updatedAt` stays.
        """
        definition = self.definition(definition_id)
        found = self._version(definition, version)
        found.override = Body(document if isinstance(document, bytes) else render(document))
        return definition

    @_locked
    def set_row(
        self,
        definition_id: int,
        changes: Mapping[str, Any] | None = None,
        *,
        remove: Iterable[str] = (),
    ) -> Definition:
        """Override or leave out fields of the list and get row; without arguments, undo this."""
        definition = self.definition(definition_id)
        definition.row_changes = dict(changes or {})
        definition.row_removed = frozenset(remove)
        return definition

    @_locked
    def activate(
        self, definition_id: int, version: str | None = None, *, by: str | None = None
    ) -> Definition:
        """Make a version the active one: the given number, even an older one, or the latest."""
        definition = self.definition(definition_id)
        found = self._version(definition, version or "latest")
        self._set_active(definition, found)
        return self._sign(definition, found, by)

    @_locked
    def deactivate(self, definition_id: int, *, by: str | None = None) -> Definition:
        """Leave the definition without an active version."""
        definition = self.definition(definition_id)
        version = definition.shown
        self._set_active(definition, None)
        return self._sign(definition, version, by)

    @_locked
    def forget_version(
        self, definition_id: int, version: str, *, listed: bool = False
    ) -> Definition:
        """Delete an inactive version, so that its export is 404; no date moves.

        `listed=True`: list and versions still show it. Raises ValueError for the active version,
        which Zuora refuses to delete (section 9).
        """
        definition = self.definition(definition_id)
        found = self._version(definition, version)
        if found.status == "Active" or len(definition.versions) == 1:
            raise ValueError(f"version {version} is the active or the only one")
        if listed:
            found.is_gone = True
        else:
            definition.versions.remove(found)
        return definition

    @_locked
    def set_status(self, definition_id: int, status: str) -> Definition:
        """Set the definition's status, `Active` or `Inactive`: whether it can be triggered."""
        definition = self.definition(definition_id)
        definition.status = status
        return self._touch(definition)

    @_locked
    def touch(self, definition_id: int) -> Definition:
        """Move `updatedAt` and change nothing else."""
        return self._touch(self.definition(definition_id))

    @_locked
    def delete(self, definition_id: int) -> Definition:
        """Delete the definition: it is no longer listed, and requests for its ID return 404."""
        definition = self.definition(definition_id)
        self._deleted[definition_id] = self._definitions.pop(definition_id)
        return definition

    @_locked
    def restore(self, definition_id: int) -> Definition:
        """Restore a deleted definition unchanged."""
        try:
            definition = self._deleted.pop(definition_id)
        except KeyError:
            raise UnknownDefinitionError(definition_id) from None
        self._definitions[definition_id] = definition
        return definition

    def _version(self, definition: Definition, wanted: str | None) -> Version:
        """Find a version that can be exported; None selects the one whose triggers are shown."""
        found = definition.shown if wanted is None else definition.find_version(wanted)
        if found is None:
            raise KeyError(f"definition {definition.id} has no version {wanted}")
        return found

    def _sign(self, definition: Definition, version: Version, by: str | None) -> Definition:
        """Note a change of a version: when, and by whom if the change names somebody."""
        moment = self._later_than(max(version.updated_at, definition.updated_at))
        version.updated_at = definition.updated_at = moment
        version.updated_by = by or version.updated_by
        return definition

    def _set_active(self, definition: Definition, active: Version | None) -> None:
        for version in definition.versions:
            version.status = "Active" if version is active else "Inactive"
        definition.forget_renderings()

    def _touch(self, definition: Definition) -> Definition:
        definition.updated_at = self._later_than(definition.updated_at)
        return definition

    def _later_than(self, moment: datetime) -> datetime:
        """Return now, but at least 1 ms after `moment`: two quick edits must look different."""
        return max(self.clock.now(), moment + timedelta(milliseconds=1))


def _is_nth(index: int, every: int) -> bool:
    return index % every == every - 1


def _author(version_id: int) -> str:
    return UNKNOWN_PERSON if version_id % UNKNOWN_AUTHOR_EVERY == 0 else SOMEBODY


def make_secret() -> str:
    """Create a secret with characters that must be form-encoded (section 2)."""
    return f"{secrets.token_urlsafe(24)}+/{secrets.token_urlsafe(3)}="


def _next_number(version: Version) -> str:
    *head, last = version.key
    return ".".join(str(part) for part in (*head, last + 1))


def _find_task(tasks: list[JsonObject], task_id: int | None) -> JsonObject:
    for task in tasks:
        if task_id in (None, task["id"]):
            return task
    raise KeyError(f"no task {task_id}")


def _some_triggers(random: Random) -> Triggers:
    scheduled = random.random() < 0.4  # noqa: PLR2004
    if not scheduled:
        return Triggers(ondemand=True, callout=random.random() < 0.5)  # noqa: PLR2004
    interval, timezone = random.choice(words.INTERVALS), random.choice(words.TIMEZONES)
    return Triggers(
        ondemand=False, callout=False, scheduled=True, interval=interval, timezone=timezone
    )
