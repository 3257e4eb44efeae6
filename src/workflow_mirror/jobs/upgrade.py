"""Notices that a newer version has migrated the database while this process runs."""

import structlog

from workflow_mirror.database import DatabaseUnusableError, refuse_newer_schema
from workflow_mirror.error_texts import error_text

log = structlog.get_logger(__name__)


class UpgradeWatch:
    """`refusal` says why this process must end; empty while all is well.

    The tables of a newer version may be others than this one writes.
    """

    def __init__(self) -> None:
        self.refusal = ""

    def look(self) -> None:
        """A maintenance task."""
        try:
            refuse_newer_schema()
        except DatabaseUnusableError as error:
            if not self.refusal:
                log.error("This process ends", reason=error_text(error))  # noqa: TRY400 - the reason says it all
            self.refusal = error_text(error)
