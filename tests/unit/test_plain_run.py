"""What plain mode tells of a run: joined, watched, left, stopped, resumed, ended well or not."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from installer.errors import InstallError, Refused
from installer.events import (
    DOWNLOAD,
    Event,
    OutputLine,
    Progress,
    RunFailed,
    RunFinished,
    RunInterrupted,
    RunRefused,
)
from installer.holder import Holder, Starter
from installer.quantity import MIB
from installer.question import QuestionId
from installer.secret import Secret
from installer.stores import Stores
from screens.leave import Leave
from screens.plain.start import app_on
from screens.plain.terminal import EndOfInput, HungUp, Interrupt
from tests.ui.atomos_disks import ENCRYPTED, keeping_plan, stick
from tests.ui.fake_session import (
    BLANK,
    STARTED,
    UNSIGNED,
    FakeSession,
    failed_run,
    half_a_run,
    machine,
    plan_for,
)
from tests.ui.fake_store import FakeLogs, FakeStore
from tests.ui.unfinished_samples import (
    ANSWERS,
    BEFORE_LUKS,
    ENDED,
    KEPT,
    NO_SECRET,
    ON_WINDOWS,
    resumed_run,
    resuming,
    unfinished,
    wrong_passphrase_run,
)
from tests.unit.plain_terminal import (
    AGREED,
    KEY,
    NEW_PASSPHRASE,
    NEW_PASSWORD,
    PASSPHRASE,
    PASSWORD,
    RECOVERY_KEY,
    RESTART,
    TO_PLAN,
    VERSION,
    ZONE,
    Script,
    Scripted,
    draw_key,
    talk,
)

NO_NETWORK = RunRefused(
    time=STARTED,
    problems=("No network.",),
    ways_out=("Plug it in.",),
    questions=(QuestionId.WELCOME,),
)
WANTED = replace(
    ANSWERS,
    passphrase=Secret(PASSPHRASE),
    user=replace(ANSWERS.user, password=Secret(PASSWORD)) if ANSWERS.user else None,
)
RESUME: Script = (("An installation was not finished", "1"),)


def test_a_running_installation_is_joined_with_all_that_it_said() -> None:
    starter = Starter(command="atomos-install run", terminal="/dev/ttyS0")
    session = FakeSession(
        run=half_a_run(),
        is_running=True,
        holder_now=Holder(pid=812, since=STARTED, starter=starter),
    )
    said, left = talk(session, ("about 0:05 left", "quit"), ("yes to leave", "yes"))
    assert left is Leave.SHELL
    for words in (
        "Installing You may leave this screen: the installation goes on without it.",
        "Onto QEMU HARDDISK (/dev/vda)",
        f"Note: {UNSIGNED} Step 1 of 13: Write a new partition table to /dev/vda done after",
        "Step 7 of 13: Write the system image into Root A on /dev/atomos/a",
        "Runs as process 812 since 1970-01-12 13:46 UTC, started by `atomos-install run` on",
        "0:21 so far, 412 MiB of 690 MiB, 52 MiB/s, about 0:05 left",
        "The installation goes on without this screen.",
    ):
        assert words in said
    assert session.stops == 0
    session.over.set()


class Ticking:
    """A clock that goes on by so many seconds each time that somebody looks."""

    def __init__(self, start: float, seconds: float) -> None:
        self._times = itertools.count(start, seconds)
        self.now = start

    def __call__(self) -> float:
        self.now = float(next(self._times))
        return self.now


def test_a_long_step_is_told_of_at_least_every_30_seconds_and_no_line_is_drawn_over() -> None:
    """The clock goes on by a second with each look at it; said are the times of the lines."""
    clock = Ticking(STARTED + 20, 1.0)
    spoken: list[float] = []

    class Noting(Scripted):
        def write(self, text: str) -> None:
            super().write(text)
            spoken.append(clock.now)

    class Slow(FakeSession):
        def events(self) -> Iterator[Event]:
            yield from half_a_run()
            for done in range(300):
                yield Progress(
                    time=clock.now,
                    id="slot-a",
                    done_bytes=done * MIB,
                    total_bytes=690 * MIB,
                    rate=1.0 * MIB,
                )
            yield RunFinished(time=clock.now, seconds=300.0)

    terminal = Noting(script=[("Step 7 of 13", ""), ("", "quit")])
    app_on(terminal, Slow(is_running=True), clock=clock, draw=draw_key).run()
    gaps = [after - before for before, after in itertools.pairwise(spoken)]
    assert max(gaps) <= 30
    assert spoken[-1] - spoken[0] > 200
    assert len(spoken) < 80, "and not at every look"


def test_a_silent_run_is_told_of_too() -> None:
    session = FakeSession(run=half_a_run(), is_running=True)
    talk(
        session,
        ("nothing new for", "quit"),
        ("yes to leave", "yes"),
        clock=Ticking(STARTED + 20, 0.5),
    )
    session.over.set()


def test_a_lost_connection_is_told_while_it_runs() -> None:
    words = "10.0.2.2 broke off after 40 MiB; trying again in 0.4 s"
    run = (*half_a_run(), OutputLine(time=STARTED + 21, tool=DOWNLOAD, line=words))
    session = FakeSession(run=run, is_running=True)
    talk(session, (words, "quit"), ("yes to leave", "yes"))
    session.over.set()


def test_the_log_is_there_while_it_runs_and_when_it_failed() -> None:
    noise = tuple(
        OutputLine(time=STARTED + 20, tool="sh", line=f"line {number}") for number in range(100)
    )
    session = FakeSession(run=(*half_a_run(), *noise), is_running=True, end=failed_run()[-1])
    said, _ = talk(
        session,
        ("about 0:05 left", "log"),
        ('... and 86 lines before; "log all" shows them too.', "log all"),
        ("sh: working on table", session.over.set),
        ("1. Try again", "log all"),
        ("sh: line 99", "log"),
        ("sh: line 99", "2"),
    )
    assert "sh: line 80" in said


def test_escape_sequences_of_tools_are_defused() -> None:
    session = FakeSession(run=failed_run(), is_running=True)
    talk(session, ("1. Try again", "log"), ("dd: ?[31mdd: error writing: No space?", "2"))


def test_stopping_is_asked_and_the_run_goes_on_meanwhile() -> None:
    session = FakeSession(run=half_a_run(), is_running=True)
    session.end = RunInterrupted(time=STARTED + 22, id="slot-a")
    talk(
        session,
        ("about 0:05 left", "stop"),
        ("The disk will be neither what it was nor AtomOS.", ""),
        ("Step 7 of 13", "STOP"),
        ("yes to stop, Enter to go on installing:", "yes"),
        ("Stopping after what is being written now ...", session.over.set),
        ("The installation was stopped. While doing: Write the system image into Root A", "2"),
    )
    assert session.stops == 1


@pytest.mark.parametrize("way", [Interrupt(), EndOfInput(), "quit"])
def test_nothing_that_a_terminal_says_stops_a_run(way: str | Exception) -> None:
    session = FakeSession(run=half_a_run(), is_running=True)
    _, left = talk(
        session,
        ("about 0:05 left", way),
        ("The installation goes on without this screen.", "no"),
        ("Step 7 of 13", Interrupt()),
        ("yes to leave, Enter to stay:", Interrupt()),
    )
    assert left is Leave.SHELL
    assert session.stops == 0
    session.over.set()


def test_a_line_that_is_gone_stops_no_run() -> None:
    session = FakeSession(run=half_a_run(), is_running=True)
    _, left = talk(session, ("about 0:05 left", HungUp()))
    assert left is Leave.HUNG_UP
    assert session.stops == 0
    second, _ = talk(session, ("about 0:05 left", HungUp()))
    assert "Step 1 of 13: Write a new partition table to /dev/vda done after" in second
    session.over.set()


def test_the_run_may_end_while_a_question_stands_there() -> None:
    session = FakeSession(run=half_a_run(), is_running=True, end=failed_run()[-1])
    talk(
        session,
        ("about 0:05 left", "stop"),
        ("yes to stop", session.over.set),
        ("The image could not be written to /dev/atomos/a.", "2"),
    )
    assert session.stops == 0


def test_a_failed_run_says_what_where_and_what_to_do_and_plans_anew() -> None:
    session = FakeSession(run=failed_run())
    said, _ = talk(
        session,
        *TO_PLAN,
        *AGREED,
        ("1. Try again 2. Start over 3. Leave to a shell", "back"),
        ("There is nothing to go back to.", ""),
        ("type its name: vda", ""),
    )
    for words in (
        "While doing: Write the system image into Root A on /dev/atomos/a",
        "On device: /dev/atomos/a The tool's own words: blk_update_request: I/O error",
        "What you can do: The disk may be failing.",
        "The disk may hold a part of the new system only.",
    ):
        assert words in said
    assert len(session.planned) == 2
    assert len(session.started) == 1
    assert session.started_over == [True, False]


def test_the_log_of_a_failed_run_goes_onto_a_stick() -> None:
    session = FakeSession(
        run=failed_run(), is_running=True, machine_now=machine(BLANK, stick("c", "KEYS"))
    )
    logs = FakeLogs()
    said, _ = talk(
        session,
        ("1. Try again 2. Save the log 3. Leave to a shell", "2"),
        ("2. this machine's memory, gone after a restart 3. Nowhere", "1"),
        ("Saved as atomos-install-20260301-120000.tar.gz on /dev/sdc1.", "2"),
        ("3. Nowhere", "3"),
        ("1. Try again", "3"),
        stores=lambda: Stores(answers=FakeStore(), log=logs),
    )
    assert "No password and no passphrase is in it" not in said, "that is for whoever asks"
    assert logs.written == ["/dev/sdc1"]
    assert session.started == []


def test_a_stick_that_cannot_be_written_is_told_and_the_failure_once_more() -> None:
    session = FakeSession(
        run=failed_run(), is_running=True, machine_now=machine(BLANK, stick("c", "KEYS"))
    )
    logs = FakeLogs(error=InstallError("/dev/sdc1 is full.", way_out="Choose another place."))
    talk(
        session,
        ("2. Save the log", "2"),
        ("3. Nowhere", "1"),
        ("! /dev/sdc1 is full. Choose another place.", "3"),
        stores=lambda: Stores(answers=FakeStore(), log=logs),
    )


def test_a_refused_run_of_the_person_s_own_leads_to_the_question_it_is_about() -> None:
    talk(
        FakeSession(run=(NO_NETWORK,)),
        *TO_PLAN,
        *AGREED,
        ("! No network. Plug it in.", ""),
        ("Release [", ""),
        ("UNSIGNED, yes or no [yes]", ""),
    )


def test_a_run_that_was_refused_elsewhere_offers_no_answers_that_nobody_gave() -> None:
    said, _ = talk(
        FakeSession(is_over=True, run=(NO_NETWORK,)),
        ("There is 1 reason. Nothing has been written.", ""),
        ("Release [", ""),
        ("UNSIGNED, yes or no [no]", ""),
    )
    assert "1. Start over" in said
    assert "Change:" not in said


def test_a_run_that_is_over_is_told_and_another_begun_from_there() -> None:
    said, _ = talk(FakeSession(is_over=True), ("3. Install once more", "3"), ("Release [", ""))
    assert "What is on it - Write a new partition table to /dev/vda" in said
    assert "Then log in" not in said, "whose account it is was another's answer"


@pytest.mark.parametrize("way", ["release", "summary", "done"])
def test_a_run_that_starts_elsewhere_is_joined(way: str) -> None:
    session = FakeSession(is_over=way == "done")

    def elsewhere() -> None:
        session.run = half_a_run()
        session.is_running = True

    scripts: dict[str, Script] = {
        "release": (("Release [", elsewhere),),
        "summary": (*TO_PLAN, ("Disk's name:", elsewhere)),
        "done": (("Restart the machine", elsewhere),),
    }
    talk(session, *scripts[way], ("about 0:05 left", "quit"), ("yes to leave", "yes"))
    assert session.started == []
    session.over.set()


def test_enter_a_moment_too_late_restarts_nothing() -> None:
    _, left = talk(
        FakeSession(),
        *TO_PLAN,
        *AGREED,
        ("1. Restart the machine", ""),
        ("! Type a number from 1 to 2.", "2"),
    )
    assert left is Leave.SHELL


def test_what_was_not_finished_is_told_and_resumed_to_its_end() -> None:
    session = FakeSession(ends=(ENDED,), plans=[resuming(ENDED)], run=resumed_run())
    said, left = talk(
        session,
        *RESUME,
        ("Type the passphrase that you chose then. What you type here is not shown;", PASSPHRASE),
        ("Full name: Ada Lovelace Login name: ada Host name: engine Password:", PASSWORD),
        ("Password again:", PASSWORD),
        ("To go on with the installation onto this disk, type its name: vda", "vda"),
        *RESTART,
    )
    assert left is Leave.REBOOT
    for words in (
        "QEMU HARDDISK (/dev/vda) AtomOS Debian 0.1.0 for x86-64 Begun 1970-01-12 12:46 UTC",
        "6 of 13 steps are done In work was: Write the system image into Root A",
        "You are asked for the passphrase and the password of ada.",
        "Step 1 of 3: Unlock",
        "Nothing more will be lost on QEMU HARDDISK (/dev/vda), 16 GiB",
        "done 6 Make the file system for your files",
        "done earlier, looked at again for 1.0 s",
    ):
        assert words in said
    assert "WILL BE LOST" not in said
    assert session.started == [(WANTED, session.plans[0])]
    assert session.started_over == [False]


def test_a_recovery_key_that_is_not_on_the_disk_yet_is_another_one() -> None:
    end = unfinished(replace(ANSWERS, recovery_key=NO_SECRET))
    session = FakeSession(ends=(end,), plans=[resuming(end)])
    said, _ = talk(
        session,
        *RESUME,
        ("Passphrase:", PASSPHRASE),
        *KEY,
        *NEW_PASSWORD,
        ("Disk's name:", ""),
    )
    assert "The key that was shown before opens nothing" in said
    for words in ("Make a recovery key", "Copy of the LUKS header"):
        assert words not in said, "that was said then"
    assert session.planned == [replace(WANTED, recovery_key=Secret(RECOVERY_KEY))]


def test_less_to_go_on_with_than_was_thought_asks_for_what_is_lacking() -> None:
    session = FakeSession(ends=(ENDED,), plans=[resuming(BEFORE_LUKS)])
    talk(
        session,
        *RESUME,
        ("Passphrase:", PASSPHRASE),
        *NEW_PASSWORD,
        ("! The disk has to be encrypted anew, with a new passphrase.", "new words of mine"),
        ("Passphrase again:", "new words of mine"),
        ("Password [as typed before]:", ""),
        ("Disk's name:", ""),
    )


def test_from_one_that_was_resumed_back_leads_to_the_language_too() -> None:
    said, _ = talk(
        FakeSession(ends=(ENDED,)),
        ("3. Another installation", "1"),
        ("Passphrase", "back"),
        ("1. Continue", "back"),
        ("3. Another installation", "back"),
        ("Language and keyboard", ""),
    )
    assert "There is nothing to go back to." not in said


def test_starting_over_asks_everything_with_the_answers_of_then() -> None:
    session = FakeSession(ends=(ENDED,), plans=[plan_for(BLANK, UNSIGNED)])
    talk(
        session,
        ("2. Start over", "2"),
        ("Release [", ""),
        ("UNSIGNED, yes or no [yes]", ""),
        *VERSION,
        ("Number of the disk [2]", ""),
        ("Recovery on this disk", ""),
        ("Encrypt this disk", ""),
        *NEW_PASSPHRASE,
        ("Make a recovery key, yes or no [no]", ""),
        ("Number [1]:", ""),
        ("Full name, optional [Ada Lovelace]", ""),
        ("[ada]", ""),
        ("[engine]", ""),
        *NEW_PASSWORD,
        *ZONE,
        ("To erase this disk and install AtomOS on it", ""),
    )
    assert session.planned == [replace(WANTED, timezone="UTC")]
    assert session.started_over == [True]


def test_of_several_one_is_chosen_and_back_leads_to_them() -> None:
    session = FakeSession(ends=(ENDED, ON_WINDOWS), plans=[resuming(ON_WINDOWS)])
    talk(
        session,
        ("3. Another installation", "2"),
        ("ACME SSD [fast] 1TB (/dev/nvme0n1)", "back"),
        ("Installations were not finished", "3"),
        ("Release [", ""),
        ("UNSIGNED", "back"),
        ("Release [", "back"),
        ("1. Continue", "back"),
        ("Installations were not finished", "2"),
        ("Known in memory only", "1"),
        *NEW_PASSWORD,
        ("Disk's name:", ""),
    )


def test_an_installation_that_keeps_data_is_resumed_with_the_disk_s_passphrase() -> None:
    wrong = Refused.because("The passphrase does not open it.", "Type it.", QuestionId.UNLOCK)
    session = FakeSession(ends=(KEPT,), plans=[wrong, resuming(KEPT, keeping_plan(ENCRYPTED))])
    session.machine_now = machine(ENCRYPTED)
    talk(
        session,
        *RESUME,
        ("Type the passphrase that AtomOS asked for", "wrong"),
        ("! The passphrase does not open it.", ""),
        ("Passphrase [as typed before]:", PASSPHRASE),
        ("To go on with the installation", ""),
    )
    wanted = replace(KEPT.answers, passphrase=Secret(PASSPHRASE))
    assert session.planned == [replace(wanted, passphrase=Secret("wrong")), wanted]


def test_a_wrong_passphrase_leads_back_to_its_question() -> None:
    session = FakeSession(ends=(ENDED,), plans=[resuming(ENDED)])
    session.run, session.runs = wrong_passphrase_run(), [resumed_run()]
    talk(
        session,
        *RESUME,
        ("Passphrase:", "wrong"),
        *NEW_PASSWORD,
        ("Disk's name:", "vda"),
        ("1. Change: Unlock 2. Try again 3. Start over 4. Leave to a shell", "1"),
        ("Passphrase [as typed before]:", PASSPHRASE),
        ("Password [as typed before]:", ""),
        ("Disk's name:", "vda"),
        *RESTART,
    )
    given = [answers.passphrase for answers, _ in session.started]
    assert given == [Secret("wrong"), Secret(PASSPHRASE)]


def test_all_can_be_started_over_after_a_failure() -> None:
    session = FakeSession(run=failed_run())
    session.plans = [plan_for(BLANK, UNSIGNED)]
    talk(
        session,
        *TO_PLAN,
        *AGREED,
        ("2. Start over", "2"),
        ("Release [http://10.0.2.2:8000/release]", ""),
        ("UNSIGNED, yes or no [yes]", ""),
        *VERSION,
        ("Number of the disk [2]", ""),
    )


def test_a_run_that_cannot_be_followed_is_told() -> None:
    class Unreadable(FakeSession):
        def events(self) -> Iterator[Event]:
            raise Refused.because("The journal cannot be read.", "Look at it.")

    talk(Unreadable(is_running=True), ("! The journal cannot be read.", ""))


def test_a_run_that_failed_before_its_first_step_wrote_nothing() -> None:
    end = RunFailed(time=STARTED, id="", what="A bug.", device="", tool_words="", way_out="")
    talk(FakeSession(run=(end,), is_running=True), ("A bug. Nothing has been written.", "2"))
