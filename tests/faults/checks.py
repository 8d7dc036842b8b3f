"""What has to hold when an operation has failed."""

from collections.abc import Iterator
from typing import Final

from installer.errors import ExitCode
from installer.events import RunFailed, RunInterrupted
from tests.faults.bench import HUNG, Ended
from tests.faults.faulty_runner import HANGS, WORDS
from tests.faults.matrix import Case, Fault

SAID: Final = {
    Fault.TOOL_FAILS: WORDS,
    Fault.TOOL_MISSING: "is not installed",
    Fault.TOOL_HANGS: f"did not finish within {HANGS:g} seconds",
    Fault.KILLED: "was killed (SIGKILL)",
}
"""What the message says of the reason, where there is one reason only."""
FULL: Final = ("is full", "No space left", "No free cluster")


def complaints(
    case: Case, ended: Ended, devices: tuple[str, ...], remains: tuple[str, ...]
) -> Iterator[str]:
    """Everything that does not hold after a start in which the operation was to fail.

    `devices` are the disks that a message may be about, `remains` what has stayed mounted or open.
    """
    if ended.status == HUNG:
        yield "the installation hangs"
    elif ended.status not in (ExitCode.FAILED, ExitCode.INTERRUPTED):
        yield f"exit status {ended.status} ({ended.words()})"
    match ended.final:
        case RunFailed() as failed:
            yield from _of_message(case, failed, devices)
        case RunInterrupted():
            pass
        case _:
            yield f"no word of its end ({ended.words()})"
    for name in ended.left_running:
        yield f"still running: {name}"
    yield from remains


def _of_message(case: Case, failed: RunFailed, devices: tuple[str, ...]) -> Iterator[str]:
    said = f"{failed.what} {failed.tool_words}"
    if failed.id != case.operation:
        yield f"the message names the operation {failed.id or 'none'}: {said}"
    if not any(failed.device.startswith(device) for device in devices):
        yield f"the message names the device {failed.device or 'none'}: {said}"
    if not failed.way_out:
        yield f"the message names no way out: {said}"
    wanted = SAID.get(case.fault, "")
    if wanted not in said:
        yield f"the message does not say what happened ({case.fault}): {said}"
    if case.fault is Fault.DISK_FULL and not any(each in said for each in FULL):
        yield f"the message does not say that the disk is full: {said}"
