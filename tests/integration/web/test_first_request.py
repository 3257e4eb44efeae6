"""Whoever asks first after a start waits no longer than others."""

import subprocess
import sys

PROGRAM = """
import sys
import workflow_mirror.asgi
print(*(name for name in sys.modules if name.startswith("workflow_mirror.web.")))
"""


def test_the_application_has_imported_its_pages_before_the_first_request() -> None:
    command = [sys.executable, "-c", PROGRAM]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {f"workflow_mirror.web.{page}.admin" for page in ("customers", "workflows")} <= {*loaded}
