"""Tools run, fail, hang and are interrupted; what a person is told of it."""

import functools
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backends.runner import Runner
from installer.errors import Interrupted, ToolFailed
from tests.waiting import until

SECRET = "correct horse"


def test_output_of_both_streams_and_lines_as_they_come() -> None:
    lines: list[tuple[str, str]] = []
    runner = Runner(lambda tool, line: lines.append((tool, line)))
    done = runner.run(["/bin/sh", "-c", "echo one; echo two >&2; printf three"], timeout=10)
    assert (done.stdout, done.stderr, done.returncode) == ("one\nthree", "two\n", 0)
    assert sorted(lines) == [("sh", "one"), ("sh", "three"), ("sh", "two")]


def test_a_progress_bar_is_lines_too() -> None:
    lines: list[str] = []
    Runner(lambda tool, line: lines.append(line)).run(["printf", r"10%%\r20%%\r"], timeout=10)
    assert lines == ["10%", "20%"]


def test_bytes_that_are_not_utf8() -> None:
    assert Runner().run(["printf", r"a\377b"], timeout=10).stdout == "a\ufffdb"


@pytest.mark.parametrize("data", ["text", b"bytes", "", "x" * 1_000_000])
def test_standard_input(data: str | bytes) -> None:
    expected = data.decode() if isinstance(data, bytes) else data
    assert Runner().run(["cat"], stdin=data, timeout=10).stdout == expected


def test_without_input_a_tool_reads_nothing() -> None:
    assert Runner().run(["cat"], timeout=10).stdout == ""


def test_a_tool_that_does_not_read_its_input_is_judged_by_its_status() -> None:
    assert Runner().run(["true"], stdin="x" * 1_000_000, timeout=10).returncode == 0


def test_words_in_a_language_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("TOKEN", SECRET)
    printed = Runner().run(["env"], timeout=10).stdout
    assert "LC_ALL=C.UTF-8" in printed
    assert SECRET not in printed


def test_failure_has_name_arguments_status_last_lines_and_device() -> None:
    script = "for n in $(seq 30); do echo line $n >&2; done; exit 7"
    with pytest.raises(ToolFailed) as caught:
        Runner().run(["sh", "-c", script], timeout=10, device="/dev/vda")
    error = caught.value
    assert str(error) == "sh ended with status 7"
    assert error.argv == ("sh", "-c", script)
    assert error.device == "/dev/vda"
    assert error.tool_words.splitlines() == [f"line {n}" for n in range(11, 31)]


def test_a_status_that_is_expected() -> None:
    assert Runner().run(["sh", "-c", "exit 2"], timeout=10, ok=(0, 2)).returncode == 2


def test_what_failed_on_standard_output_is_told_too() -> None:
    with pytest.raises(ToolFailed) as caught:
        Runner().run(["sh", "-c", "echo it broke; exit 1"], timeout=10)
    assert caught.value.tool_words == "it broke"


def test_a_missing_tool() -> None:
    with pytest.raises(ToolFailed, match=r"^mkfs\.nothing is not installed$"):
        Runner().run(["mkfs.nothing", "/dev/vda"], timeout=10, device="/dev/vda")


def test_a_tool_that_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="did not start") as caught:
        Runner().run([str(tmp_path)], timeout=10)
    assert "Permission denied" in caught.value.tool_words


def test_killed_by_a_signal() -> None:
    with pytest.raises(ToolFailed, match="sh was killed by signal SIGTERM"):
        Runner().run(["sh", "-c", "kill -TERM $$"], timeout=10)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def has_text(file: Path) -> bool:
    return file.exists() and file.read_text() != ""


def test_a_tool_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"echo waiting >&2; sleep 600 & echo $! > {pid_file}; wait"
    at_work = functools.cache(lambda: until(lambda: has_text(pid_file), "the child"))
    with pytest.raises(ToolFailed, match=r"sh did not finish within 0\.5 seconds") as caught:
        Runner(pulse=at_work).run(["sh", "-c", script], timeout=0.5)
    assert caught.value.tool_words == "waiting"
    child = int(pid_file.read_text())
    until(lambda: not alive(child), "the child to be gone")


def test_a_child_that_keeps_the_pipe_open_does_not_hold_the_run_up(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    started = time.monotonic()
    done = Runner().run(["sh", "-c", f"sleep 600 & echo $! > {pid_file}; echo done"], timeout=30)
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
    assert done.stdout == "done\n"
    assert time.monotonic() - started < 20


def test_interrupted_while_a_tool_runs(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    def stop() -> None:
        if has_text(pid_file):
            raise Interrupted

    with pytest.raises(Interrupted):
        Runner(pulse=stop).run(["sh", "-c", f"echo $$ > {pid_file}; sleep 600"], timeout=30)
    shell = int(pid_file.read_text())
    until(lambda: not alive(shell), "the tool to be gone")


def test_a_caller_that_stood_still_misses_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a tool said at its end was lost where the next look at the clock came a second late."""

    def stand_still_until_the_tool_has_ended() -> None:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)

    clock = itertools.count(step=2.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    runner = Runner(pulse=stand_still_until_the_tool_has_ended)
    # Longer than a pulse, so that nothing is there at the first look.
    done = runner.run(["sh", "-c", "sleep 0.3; echo ended"], timeout=1000)
    assert done.stdout == "ended\n"


def test_no_secret_of_the_input_in_an_error() -> None:
    with pytest.raises(ToolFailed) as caught:
        Runner().run(["sh", "-c", "cat > /dev/null; exit 1"], stdin=SECRET, timeout=10)
    error = caught.value
    assert SECRET not in f"{error!r} {error.argv} {error.tool_words} {error.__dict__}"


STARTER = """
import os, signal, sys
from pathlib import Path
from backends.runner import Runner
script = "cat > {out}.part; echo working; mv {out}.part {out}; sleep 600"
Runner().launch_detached(["sh", "-c", "echo $$ > {pid}; " + script],
    stdin=b"x" * 1_000_000, log=Path("{log}"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_detached_process_outlives_a_caller_that_is_killed(tmp_path: Path) -> None:
    out, log, pid = tmp_path / "out", tmp_path / "log", tmp_path / "pid"
    code = STARTER.format(out=out, log=log, pid=pid)
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", code], cwd=root, check=False)
    assert ended.returncode == -signal.SIGKILL
    until(out.exists, "the detached process to have read its input")
    detached = int(pid.read_text())
    assert os.getsid(detached) == detached
    os.kill(detached, signal.SIGKILL)
    assert out.read_bytes() == b"x" * 1_000_000
    assert log.read_text() == "working\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_detached_process_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="did not start"):
        Runner().launch_detached([str(tmp_path / "no")], stdin=b"", log=tmp_path / "log")
