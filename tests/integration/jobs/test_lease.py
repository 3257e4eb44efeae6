"""The heartbeat of a worker process, and what the process may do while it has one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from workflow_mirror.jobs.lease import Lease, beat_interval
from workflow_mirror.jobs.models import WorkerProcess


@dataclass
class Clock:
    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class End:
    """In place of the end of the process."""

    times: int = 0
    clock: Clock = field(default_factory=Clock)

    def __call__(self) -> None:
        self.times += 1

    def lease(self) -> Lease:
        return Lease(3, now=self.clock, end=self)


@pytest.fixture
def end(settings: Settings) -> End:
    settings.ZWM_STALLED_AFTER = 60
    return End()


def heartbeat_of(lease: Lease) -> WorkerProcess:
    return WorkerProcess.objects.get(pk=lease.id)


def test_a_worker_is_on_the_list_while_it_works(end: End) -> None:
    with end.lease() as lease:
        listed = heartbeat_of(lease)
        assert (listed.pid, listed.concurrency) == (os.getpid(), 3)
        assert str(os.getpid()) in listed.application_name

    assert not WorkerProcess.objects.exists()


def test_a_beat_is_a_sign_of_life(end: End) -> None:
    with end.lease() as lease:
        WorkerProcess.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=40))
        end.clock.seconds += 59
        lease.beat()
        end.clock.seconds += 59
        lease.check()

        assert timezone.now() - heartbeat_of(lease).heartbeat_at < timedelta(seconds=5)

    assert end.times == 0


@pytest.mark.parametrize("act", [Lease.check, Lease.beat])
def test_a_worker_without_a_heartbeat_for_too_long_ends(
    end: End, act: Callable[[Lease], None]
) -> None:
    with end.lease() as lease:
        end.clock.seconds += 61
        act(lease)

        assert end.times == 1


OF_A_LEASE = """
import time, django
django.setup()
from workflow_mirror.jobs.lease import Lease
print(Lease(1)._now() - time.monotonic())
"""


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="another kind of system")
def test_the_time_that_a_laptop_was_suspended_counts() -> None:
    """In a time namespace in which the machine has been suspended for 100,000 seconds."""
    suspended = ("unshare", "--time", "--boottime", "100000")
    if subprocess.run([*suspended, "true"], capture_output=True, check=False).returncode:
        pytest.skip("time namespaces need root and util-linux")

    lease = subprocess.run(
        [*suspended, sys.executable, "-c", OF_A_LEASE],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert float(lease.stdout) == pytest.approx(100_000, abs=60)


def test_a_worker_that_others_have_given_up_ends(end: End) -> None:
    with end.lease() as lease:
        WorkerProcess.objects.all().delete()
        lease.check()
        assert end.times == 0

        lease.beat()
        assert end.times == 1


@pytest.mark.parametrize(("stalled_after", "seconds"), [(60, 10), (3, 0.5), (0.6, 0.2)])
def test_several_beats_may_go_missing(
    settings: Settings, stalled_after: float, seconds: float
) -> None:
    settings.ZWM_STALLED_AFTER = stalled_after

    assert beat_interval() == seconds
