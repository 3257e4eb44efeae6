"""Bringing one customer's mirror up to date: the one engine, whoever asks for it."""

from workflow_mirror.sync.service import Progress, WorkflowSyncService
from workflow_mirror.sync.stats import SyncStats

__all__ = ["Progress", "SyncStats", "WorkflowSyncService"]
