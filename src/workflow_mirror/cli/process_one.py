"""Process 1 of a container: it adopts every orphan, and only it can reap them.

The command runs in a child process, so that no other code has to handle orphans.
"""

import os
import signal

PASSED_ON = {
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGUSR1,
    signal.SIGUSR2,
}


def leave_to_child() -> None:
    """Return in a child process if this is process 1. Process 1 ends as the child does."""
    if os.getpid() != 1:
        return
    awaited = {*PASSED_ON, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    while True:
        received = signal.sigwaitinfo(awaited)
        if received.si_signo == signal.SIGCHLD:
            _reap(child)
        elif received.si_code <= 0:  # a process sent it; the terminal's Ctrl-C reaches both
            os.kill(child, received.si_signo)


def _reap(child: int) -> None:
    """Reap all ended processes; end this process if the child is one of them."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)
        if pid == 0:
            return
