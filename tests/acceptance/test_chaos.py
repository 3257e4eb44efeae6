"""A short run of `benchmarks.chaos`: nothing is lost when everything fails."""

import os
import subprocess
import sys

from tests.conftest import ROOT

COMMAND = (sys.executable, "-m", "benchmarks.chaos")
SHORT = ("--seconds", "15", "--customers", "20", "--stalled-after", "2")
# The kinds of trouble have come, or the seed shows nothing. One may not on a busy machine: a fault
# of Zuora counts only when it meets a request.
TROUBLE = ("kill", "freeze for long", "terminate", "database: ", "Zuora: ", "change in Zuora")


def test_chaos_loses_nothing_and_does_nothing_twice() -> None:
    # With the product's settings: those of the tests name a data directory of the tests.
    environ = {name: at for name, at in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [*COMMAND, "--seed", "13", *SHORT],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("seed 13\n")
    assert "nothing lost, nothing done twice" in done.stdout
    come = [trouble for trouble in TROUBLE if f"  {trouble}" in done.stdout]
    assert len(come) >= len(TROUBLE) - 1, done.stdout
