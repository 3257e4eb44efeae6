"""Examines the installation: what is wrong, and what to do about it."""

from workflow_mirror.doctor.examine import examine
from workflow_mirror.doctor.findings import Finding, State

__all__ = ["Finding", "State", "examine"]
