"""What can be wrong about a workflow. The message is one line for the user."""

from django.utils.translation import gettext_noop as _

from workflow_mirror.errors import SafeError


class UnknownWorkflowError(SafeError):
    code = "unknown_workflow"
    template = _("There is no workflow %(id)s in the mirror; see zwm workflows list")

    def __init__(self, pk: int) -> None:
        super().__init__(id=pk)
