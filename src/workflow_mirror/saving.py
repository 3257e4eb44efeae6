"""Saving of changes only: what others have changed in other columns meanwhile stays."""

from collections.abc import Collection, Iterable
from typing import Any, Self

from django.db import models


class SavesChanges(models.Model):
    """A model whose `save()` writes only the columns that were changed since the row was loaded.

    Django's own writes all loaded columns, and so undoes changes that were saved by others between
    our load and our save. A row that was removed in the meantime is not created again:
    `save()` raises the model's `NotUpdated`. For columns whose values are immutable.
    """

    class Meta:
        abstract = True

    _loaded: dict[str, Any] | None = None

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any
    ) -> Self:
        instance = super().from_db(db, field_names, values, **options)
        instance._note_loaded()  # noqa: SLF001 - our own class
        return instance

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Self] | None = None,
    ) -> None:
        names = None if fields is None else list(fields)
        super().refresh_from_db(using, names, from_queryset)
        self._note_loaded(names)

    def save(  # noqa: DJ012 - next to what finds the changes
        self,
        *,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        if update_fields is None and not force_insert and not self._state.adding:
            update_fields = self.changed_columns()
            if update_fields:
                update_fields |= self._times_of_change()
        super().save(
            force_insert=force_insert,
            force_update=force_update,
            using=using,
            update_fields=update_fields,
        )
        self._note_loaded(update_fields)

    def changed_columns(self) -> set[str]:
        """The columns whose values have changed since loading; all columns of a new row."""
        known = self._loaded or {}
        return {
            name
            for name in self._columns()
            if name in self.__dict__ and (name not in known or self.__dict__[name] != known[name])
        }

    def _note_loaded(self, names: Iterable[str] | None = None) -> None:
        """The current database values of these columns, or of all."""
        # The values as they are kept: an attribute may be worked out of one each time.
        kept = self.__dict__
        names = self._columns() if names is None else names
        self._loaded = (self._loaded or {}) | {name: kept[name] for name in names if name in kept}

    def _columns(self) -> set[str]:
        return {field.attname for field in self._meta.concrete_fields if not field.primary_key}

    def _times_of_change(self) -> set[str]:
        fields = self._meta.concrete_fields
        return {field.attname for field in fields if getattr(field, "auto_now", False)}
