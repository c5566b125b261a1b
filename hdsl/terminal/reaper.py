"""Runs one command and ends every process that it started, when it ends or when whoever asked for it is gone.

A script of its own, so that the death of hdsl does not end it: `python -I -S reaper.py OWNER LIFELINE FOLDER COMMAND`.
OWNER is the process that it serves, LIFELINE a pipe that OWNER closes to end it, FOLDER a folder that is removed at the
end (empty: none). It is the reaper of orphans (on Linux), so processes that detached themselves are found as well. It
ends as the command did: with its exit status, or by its signal.
"""

import contextlib
import os
import select
import signal
import sys
from collections.abc import Callable
from time import monotonic

_PR_SET_CHILD_SUBREAPER = 36
_GRACE = 0.5
"""Seconds that processes have to end by themselves, once they are asked to."""
_LONGEST = 10.0
"""Seconds after which we give up on processes that cannot be killed (they wait for a device, for one)."""
_TICK = 0.02
_RESET = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGTERM, signal.SIGXFSZ}
_NOT_RUN = 127
_PROCESSES_ARE_LISTED = os.path.exists("/proc/self/stat")  # noqa: PTH110 - pathlib is slow to import


def main(arguments: list[str]) -> int:
    """Serves until the command has ended, the lifeline is closed or the owner is gone."""
    owner, lifeline, folder, command = int(arguments[0]), int(arguments[1]), arguments[2], arguments[3:]
    os.set_inheritable(lifeline, False)
    _become_reaper_of_orphans()
    wake = _wake_on_signals()
    status = _NOT_RUN
    try:
        child = os.posix_spawnp(command[0], command, os.environ, setpgroup=0, setsigdef=_RESET, setsigmask=set())
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr, flush=True)
    else:
        # Whoever reads what the command writes waits for its end, not for ours.
        _let_go_of_input_and_output()
        try:
            status = _wait(child, owner, lifeline, wake)
        finally:
            _end_all(child, wake)
    if folder:
        _remove(folder)
    if status < 0:
        _die_by(-status)
    return status


def _become_reaper_of_orphans() -> None:
    import ctypes

    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wake_on_signals() -> int:
    """A pipe that is written to when a child ends or we are asked to end."""
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, frame: None)
    return wake


def _let_go_of_input_and_output() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def _wait(child: int, owner: int, lifeline: int, wake: int) -> int:
    """The exit status of the child; -SIGKILL where it is to be ended."""
    watched = select.poll()
    watched.register(lifeline)
    watched.register(wake, select.POLLIN)
    with contextlib.suppress(AttributeError, OSError):  # the lifeline must do
        watched.register(os.pidfd_open(owner), select.POLLIN)
    if os.getppid() != owner:
        return -signal.SIGKILL
    while True:
        for ended, status in _reap():
            if ended == child:
                return os.waitstatus_to_exitcode(status)
        ready = [descriptor for descriptor, _ in watched.poll()]
        if ready != [wake] or any(number != signal.SIGCHLD for number in os.read(wake, 512)):
            return -signal.SIGKILL


def _reap() -> list[tuple[int, int]]:
    """The children that have ended, with how they did."""
    found = []
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found.append(ended)
    return found


def _end_all(child: int, wake: int) -> None:
    """Asks all descendants to end, and kills those that do not."""
    if not _PROCESSES_ARE_LISTED:
        with contextlib.suppress(OSError):
            os.killpg(child, signal.SIGKILL)
        return
    began = monotonic()
    if _any_left():
        _signal(_descendants(), signal.SIGTERM, signal.SIGCONT)
    while _any_left() and monotonic() - began < _GRACE:
        _pause(wake)
    while _any_left() and monotonic() - began < _LONGEST:
        # Stopped first: while they are killed one after the other, they could start others.
        stopped: list[int] = []
        while (found := [each for each in _descendants() if each not in stopped]) and monotonic() - began < _LONGEST:
            _signal(found, signal.SIGSTOP)
            stopped += found
        _signal(stopped, signal.SIGKILL)
        _pause(wake)


def _any_left() -> bool:
    """Whether any descendant lives: one whose parent has ended is our child."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _pause(wake: int) -> None:
    """Until a child ends, or a tick."""
    if select.select([wake], [], [], _TICK)[0]:
        os.read(wake, 512)


def _signal(processes: list[int], *numbers: int) -> None:
    for process in processes:
        for number in numbers:
            with contextlib.suppress(OSError):
                os.kill(process, number)


def _descendants() -> list[int]:
    """The processes below us that live, parents first: a shell that outlives its child writes how that ended."""
    children: dict[int, list[int]] = {}
    ended = set()
    for name in os.listdir("/proc"):  # noqa: PTH208 - pathlib is slow to import
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
            state, parent = file.read().rpartition(b")")[2].split()[:2]
            children.setdefault(int(parent), []).append(int(name))
            if state in b"ZX":
                ended.add(int(name))
    found, unseen = list[int](), [os.getpid()]
    while unseen:
        below = children.get(unseen.pop(), [])
        found += below
        unseen += below
    return [process for process in found if process not in ended]


def _remove(folder: str) -> None:
    import shutil

    def retry(function: Callable[[str], object], path: str, _: object) -> None:
        # What cannot be removed from a folder without write permission can be once that is given.
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(path), 0o700)  # noqa: PTH101, PTH120
            os.chmod(path, 0o700)  # noqa: PTH101
            if function in (os.unlink, os.rmdir):
                function(path)
            else:
                shutil.rmtree(path, ignore_errors=True)

    shutil.rmtree(folder, onerror=retry)


def _die_by(number: int) -> None:
    """Ends this process by a signal, without a core dump of it."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


if __name__ == "__main__":
    # Nothing is left to be tidied up, and the interpreter would take its time for that.
    os._exit(main(sys.argv[1:]))
