"""What a worker loads before it takes its first jobs."""

import subprocess
import sys

LOADED = """
import sys
from workflow_mirror.zuora import client
before = "h11" in sys.modules
client.warm_up()
print(before, "h11" in sys.modules, client._tls_context.cache_info().currsize)
"""


def test_a_warm_process_has_loaded_what_requests_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True", "1"]
