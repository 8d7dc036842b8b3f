"""A real process that is killed, the one that outlives it, and the tools that are left running."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
WITHIN = 30.0
PROGRAM = """\
import os, signal, subprocess, sys, time
from backends.supervisor import supervised
from installer.errors import ExitCode

def work():
    {work}

print(repr(supervised(work)), flush=True)
"""


def started(work: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(work=work)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def outcome(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=WITHIN)
    assert process.returncode == 0, err
    return out.splitlines()[-1]


def wait_for(line: str, process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline().strip() == line


@pytest.mark.parametrize("code", ["DONE", "FAILED", "INTERRUPTED", "REFUSED"])
def test_a_status_is_handed_on(code: str) -> None:
    assert f"ExitCode.{code}" in outcome(started(f"return ExitCode.{code}"))


def test_a_bug_in_the_work_is_a_failure_with_its_traceback_in_the_log() -> None:
    process = started("raise RuntimeError('a bug')")
    out, err = process.communicate(timeout=WITHIN)
    assert "ExitCode.FAILED" in out
    assert "RuntimeError: a bug" in err


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT"])
def test_a_death_is_told_by_its_signal(name: str) -> None:
    process = started(f"os.kill(os.getpid(), signal.{name})")
    assert outcome(process) == f"Killed(signal='{name}')"


def test_tools_of_a_process_that_was_killed_do_not_go_on() -> None:
    """A mkfs that goes on writing would meet the next run; one in a session of its own too."""
    deep = 'sh -c "sleep 600 & echo $!; exec sleep 600"'
    process = started(
        f"""\
tool = subprocess.Popen({deep!r}, shell=True, start_new_session=True, stdout=subprocess.PIPE)
    print(os.getpid(), tool.pid, tool.stdout.readline().decode().strip(), flush=True)
    time.sleep(600)"""
    )
    assert process.stdout is not None
    worker, *tools = map(int, process.stdout.readline().split())
    assert all(psutil.pid_exists(each) for each in tools)
    os.kill(worker, signal.SIGKILL)
    assert outcome(process) == "Killed(signal='SIGKILL')"
    assert not [each for each in tools if psutil.pid_exists(each)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_wish_to_stop_is_passed_on(number: signal.Signals) -> None:
    process = started(
        f"""\
signal.pthread_sigmask(signal.SIG_BLOCK, [{int(number)}])
    print("ready", flush=True)
    signal.sigwait([{int(number)}])
    return ExitCode.INTERRUPTED"""
    )
    wait_for("ready", process)
    process.send_signal(number)
    assert "ExitCode.INTERRUPTED" in outcome(process)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_wish_that_comes_before_it_listens_waits_for_that(number: signal.Signals) -> None:
    """The child's first deed is to ask its parent to stop, which has hardly come back from fork."""
    process = started(
        f"""\
signal.pthread_sigmask(signal.SIG_BLOCK, [{int(number)}])
    os.kill(os.getppid(), {int(number)})
    signal.sigwait([{int(number)}])
    return ExitCode.INTERRUPTED"""
    )
    assert "ExitCode.INTERRUPTED" in outcome(process)
