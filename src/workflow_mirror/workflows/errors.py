"""Errors about workflows. The message is one line for the user."""

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class UnknownWorkflowError(SafeError):
    code = "unknown_workflow"
    template = _("There is no workflow %(id)s in the mirror; see zwm workflows list")

    def __init__(self, pk: int) -> None:
        super().__init__(id=pk)
