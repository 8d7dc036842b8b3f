"""How the command line watches a run: its log, its events, its status, and signals."""

import errno
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from installer import cli
from installer.answers import Afterwards, Source
from installer.answers_connection import Network
from installer.errors import ExitCode, InstallError
from installer.events import (
    DOWNLOAD,
    Event,
    OperationFinished,
    OperationStarted,
    OutputLine,
    Progress,
    RunFinished,
    RunInterrupted,
    RunRefused,
    from_line,
)
from installer.secret import Secret
from tests.unit import samples
from tests.unit.fake_parts import FAILED, RUN, STARTED, WHOLE, FakeParts

ROOT = Path(__file__).parents[2]


@pytest.fixture
def parts() -> FakeParts:
    return FakeParts()


class Gone(io.StringIO):
    """A terminal whose line was hung up, or a full disk."""

    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")


def test_a_run_whose_log_nobody_can_read_any_more_is_watched_to_its_end(
    parts: FakeParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.answered = samples.answers(afterwards=Afterwards.REBOOT)
    monkeypatch.setattr("sys.stdout", Gone())
    assert cli.main(RUN, parts) == 0
    assert parts.done == ["reboot"]


def test_events_that_cannot_be_written_leave_the_log_and_the_status_alone(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*RUN, "--events", "/dev/full"], parts) == 0
    assert "AtomOS is installed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("place", "status"), [("pipe", ExitCode.INTERRUPTED), ("/dev/full", ExitCode.FAILED)]
)
def test_output_that_nobody_takes_is_no_success_and_no_status_of_pythons_own(
    place: str, status: int, tmp_path: Path
) -> None:
    """Python ends with 120 when it cannot flush."""
    if place == "pipe":
        reader, out = os.pipe()
        os.close(reader)
    else:
        out = os.open(place, os.O_WRONLY)
    argv = [sys.executable, "-m", "installer", "disks"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        argv,
        stdout=out,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**buffered, "TMPDIR": str(tmp_path)},
        check=False,
    )
    os.close(out)
    assert done.returncode == status
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


def test_a_run_is_told_calmly(parts: FakeParts, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(RUN, parts) == 0
    assert parts.attended == [False]
    assert capsys.readouterr().out == (
        "Installing onto QEMU.\n"
        "Note: UNSIGNED\n"
        "[1/1] Write slots\n"
        "     50 %  2 MiB / 4 MiB, 1 MiB/s, about 0:02 left\n"
        "    done after 10.0 s\n"
        "AtomOS is installed, after 11 s.\n"
    )


@pytest.mark.parametrize(
    ("last", "code", "words"),
    [
        (FAILED, 4, "    Try another disk.\n"),
        (RunInterrupted(time=1.0, id="slots"), 5, "Stopped, as asked."),
        (
            RunRefused(time=1.0, problems=("Too small.",), ways_out=("Buy.",), questions=("",)),
            3,
            "  ! Too small.",
        ),
    ],
)
def test_the_final_event_is_the_status(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], last: Event, code: int, words: str
) -> None:
    parts.fake.told = (STARTED, last)
    assert cli.main(RUN, parts) == code
    assert words in capsys.readouterr().out
    assert parts.done == []


def test_a_failure_names_everything_and_steers_no_terminal(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.fake.told = (STARTED, FAILED)
    cli.main(RUN, parts)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "FAILED: Write slots",
        "    dd ended with status 1",
        "    Device: /dev/vda4",
        "    $ dd of=/dev/vda4",
        "    ?[31mno space",
        "    Try another disk.",
    ]


@pytest.mark.parametrize(
    ("afterwards", "done"),
    [
        (Afterwards.STAY, []),
        (Afterwards.REBOOT, ["reboot"]),
        (Afterwards.POWEROFF, ["poweroff"]),
    ],
)
def test_what_to_do_at_the_end(parts: FakeParts, afterwards: Afterwards, done: list[str]) -> None:
    parts.answered = samples.answers(afterwards=afterwards)
    assert cli.main(RUN, parts) == 0
    assert parts.done == done


def test_a_failed_run_does_not_restart_the_machine(parts: FakeParts) -> None:
    parts.answered = samples.answers(afterwards=Afterwards.REBOOT)
    parts.fake.told = (STARTED, FAILED)
    assert cli.main(RUN, parts) == 4
    assert parts.done == []


def test_events_are_json_lines_and_nothing_else(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*RUN, "--events", "-"], parts) == 0
    assert tuple(map(from_line, capsys.readouterr().out.splitlines())) == WHOLE


def test_events_in_a_file_leave_the_log_on_the_terminal(
    parts: FakeParts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "events.jsonl"
    assert cli.main([*RUN, "--events", str(file)], parts) == 0
    assert tuple(map(from_line, file.read_text().splitlines())) == WHOLE
    assert "AtomOS is installed" in capsys.readouterr().out


def test_attach_tells_the_whole_run(
    parts: FakeParts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "events.jsonl").touch()
    assert cli.main(["attach", "--run-dir", str(tmp_path)], parts) == 0
    assert "AtomOS is installed" in capsys.readouterr().out
    assert parts.fake.started == 0


def test_attach_without_a_run(
    parts: FakeParts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["attach", "--run-dir", str(tmp_path)], parts) == 2
    assert "No installation was started" in capsys.readouterr().err


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_the_run_to_stop(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], name: signal.Signals
) -> None:
    before = signal.getsignal(name)
    parts.fake.told = (STARTED, name, RunInterrupted(time=1.0, id="slots"))
    assert cli.main(RUN, parts) == 5
    assert parts.fake.stops == 1
    assert "Stopped, as asked." in capsys.readouterr().out
    assert signal.getsignal(name) is before


def test_the_second_signal_ends_only_the_watching(parts: FakeParts) -> None:
    parts.fake.told = (STARTED, signal.SIGINT, signal.SIGINT, *WHOLE)
    assert cli.main(RUN, parts) == 5
    assert parts.fake.stops == 1


def test_a_line_that_is_hung_up_does_not_keep_the_machine_from_restarting(parts: FakeParts) -> None:
    """By ssh or on a serial line; the installation itself went on all the time."""
    before = signal.getsignal(signal.SIGHUP)
    parts.answered = samples.answers(afterwards=Afterwards.REBOOT)
    parts.fake.told = (STARTED, signal.SIGHUP, *WHOLE)
    assert cli.main(RUN, parts) == 0
    assert (parts.fake.stops, parts.done) == (0, [Afterwards.REBOOT])
    assert signal.getsignal(signal.SIGHUP) is before


def test_leaving_an_attached_run_does_not_stop_it(parts: FakeParts, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").touch()
    parts.fake.told = (STARTED, signal.SIGINT, *WHOLE)
    assert cli.main(["attach", "--run-dir", str(tmp_path)], parts) == 5
    assert parts.fake.stops == 0


def test_what_an_earlier_run_did_is_told_as_that(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.fake.told = (
        STARTED,
        OperationStarted(time=100.0, id="slots", device="/dev/vda4"),
        OperationFinished(time=103.0, id="slots", seconds=3.0, resumed=True, done_at=7.0),
        RunFinished(time=104.0, seconds=4.0),
    )
    assert cli.main(RUN, parts) == 0
    assert "    done earlier, looked at again for 3.0 s\n" in capsys.readouterr().out


def test_a_clock_that_is_set_back_does_not_silence_the_log(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    def progress(at: float) -> Progress:
        return Progress(time=at, id="slots", done_bytes=1, total_bytes=4, rate=1.0)

    parts.fake.told = (
        STARTED,
        OperationStarted(time=90_000.0, id="slots"),
        progress(90_001.0),
        progress(100.0),
        progress(101.0),
        progress(106.0),
        RunFinished(time=107.0, seconds=4.0),
    )
    assert cli.main(RUN, parts) == 0
    assert capsys.readouterr().out.count(" 25 %") == 2


def test_a_lost_connection_is_told_and_other_tools_are_not(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.fake.told = (
        STARTED,
        OperationStarted(time=1.0, id="slots"),
        OutputLine(time=2.0, tool=DOWNLOAD, line="trying again in 0.4 s: 10.0.2.2 broke off"),
        OutputLine(time=3.0, tool="sfdisk", line="Checking that no-one is using this disk"),
        RunFinished(time=4.0, seconds=3.0),
    )
    assert cli.main(RUN, parts) == 0
    out = capsys.readouterr().out
    assert "    trying again in 0.4 s: 10.0.2.2 broke off\n" in out
    assert "Checking" not in out


HOME = Network(ssid="Home", passphrase=Secret("swordfish"))
LOCAL = Source(url="medium:/release", allow_unsigned=True)


def test_the_network_is_there_before_the_release_is_fetched(parts: FakeParts) -> None:
    parts.answered = samples.answers(network=HOME)
    assert cli.main(RUN, parts) == 0
    assert parts.fake.connected == [HOME]
    assert parts.fake.planned_after == [1]


def test_a_network_that_is_not_there_refuses_the_run(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.answered = samples.answers(network=HOME)
    parts.fake.no_network = InstallError("The passphrase is wrong.", way_out="Try it again.")
    assert cli.main(RUN, parts) == ExitCode.REFUSED
    assert "The passphrase is wrong." in capsys.readouterr().err
    assert parts.fake.started == 0
    assert [str(each) for each in parts.fake.left] == ["The passphrase is wrong."]


@pytest.mark.parametrize(
    ("changes", "busy"),
    [({}, False), ({"network": HOME, "source": LOCAL}, False), ({"network": HOME}, True)],
)
def test_the_network_is_left_alone_where_nothing_is_fetched_by_it(
    parts: FakeParts, changes: dict[str, object], busy: bool
) -> None:
    parts.answered = samples.answers(**changes)
    parts.fake.busy = busy
    assert cli.main(RUN, parts) == 0
    assert parts.fake.connected == []
