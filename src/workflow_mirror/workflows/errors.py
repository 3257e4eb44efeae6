"""What can be wrong about a workflow. The message is one line for the user."""

from workflow_mirror.errors import SafeError


class UnknownWorkflowError(SafeError):
    def __init__(self, pk: int) -> None:
        super().__init__(f"There is no workflow {pk} in the mirror; see zwm workflows list")
