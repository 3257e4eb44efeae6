from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from workflow_mirror.jobs.kinds import Helper


class SyncConfig(AppConfig):
    name = "workflow_mirror.sync"
    label = "sync"
    verbose_name = _("Sync")

    def ready(self) -> None:
        from workflow_mirror.jobs.kinds import register
        from workflow_mirror.sync.kinds import RETRY_FAILED_EXPORTS, SYNC
        from workflow_mirror.sync.reindex_kind import REINDEX

        register(SYNC, RETRY_FAILED_EXPORTS, REINDEX, helper=_open_token_prefetch)


def _open_token_prefetch(concurrency: int) -> "AbstractContextManager[Helper]":
    from workflow_mirror.sync.token_prefetch import TokenPrefetch

    return TokenPrefetch(concurrency)
