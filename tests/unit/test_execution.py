"""The process that installs, and the session that starts it, without the process."""

import dataclasses
import json
import os
import signal
import subprocess

import pytest

from installer.answers import (
    Afterwards,
    DiskChoice,
    Keep,
    User,
)
from installer.errors import ExitCode, InstallError, Problem, Refused
from installer.events import (
    Notice,
    OperationStarted,
    RunFailed,
    RunFinished,
    RunInterrupted,
    RunRefused,
)
from installer.handover import Handover
from installer.hardware import Machine
from installer.holder import Holder
from installer.identifiers import Identifiers
from installer.journal import follow
from installer.question import QuestionId
from installer.secret import Secret
from installer.session_local import SOURCE_FILES
from tests.unit import samples
from tests.unit.fake_world import FakeHardware, World


def test_what_was_started_is_carried_out(world: World) -> None:
    assert world.execute(world.started()) is ExitCode.DONE
    events = list(follow(world.run))
    assert isinstance(events[-1], RunFinished)
    assert world.machine.users[0].password == Secret(samples.SECRET)


def test_the_new_process_is_told_where_to_run_and_the_secret_is_in_no_argument(
    world: World,
) -> None:
    document = world.started()
    argv, _, log = world.launcher.launched[0]
    assert argv[-4:] == ("installer", "execute", "--run-dir", str(world.run.path))
    assert log == world.run.output
    assert samples.SECRET not in " ".join(argv)
    assert samples.SECRET in document.decode()


def test_who_signed_is_in_the_record(world: World) -> None:
    world.releases.found = samples.release(signed_by="Releases (ABC)")
    assert world.execute(world.started()) is ExitCode.DONE
    notices = [event.text for event in follow(world.run) if isinstance(event, Notice)]
    assert notices == ["The release is signed by Releases (ABC)."]


def test_a_release_that_lost_its_signature_since_it_was_shown_is_refused(world: World) -> None:
    """The same bytes, and the answers allow it; the person had read who vouches for it."""
    world.releases.found = samples.release(signed_by="Releases (ABC)")
    document = world.started()
    world.releases.found = samples.release()
    assert world.execute(document) is ExitCode.REFUSED
    assert not world.machine.users


def test_nothing_that_a_run_leaves_holds_the_secret(world: World) -> None:
    world.execute(world.started())
    for file in world.run.path.rglob("*"):
        assert samples.SECRET not in file.read_text()


def test_a_machine_that_changed_is_refused_before_any_write(world: World) -> None:
    document = world.started()
    other = dataclasses.replace(samples.DISK, model="Backup Drive")
    world.hardware.now = samples.machine(other)
    assert world.execute(document) is ExitCode.REFUSED
    (event,) = follow(world.run)
    assert isinstance(event, RunRefused)
    assert "has changed since the plan was shown" in event.problems[0]
    assert world.machine.calls == []


def test_problems_that_came_up_since_are_told(world: World) -> None:
    document = world.started()
    world.releases.found = Refused.because("404.", "Look.")
    assert world.execute(document) is ExitCode.REFUSED
    (event,) = follow(world.run)
    assert isinstance(event, RunRefused)
    assert (event.problems, event.ways_out) == (("404.",), ("Look.",))


def test_an_unexpected_error_while_looking_is_told_and_named(world: World) -> None:
    assert world.execute(b"not a document") is ExitCode.FAILED
    (event,) = follow(world.run)
    assert isinstance(event, RunFailed)
    assert str(world.run.crash) in event.way_out
    assert world.run.crash.exists()


def test_a_broken_document_does_not_put_its_secret_into_the_log(world: World) -> None:
    broken = json.loads(world.started())
    broken["answers"]["wipe"] = "maybe"
    world.execute(json.dumps(broken).encode())
    assert samples.SECRET not in world.run.crash.read_text()


def test_another_disk_of_the_same_make_behind_the_path_is_refused(world: World) -> None:
    document = world.started()
    world.hardware.now = samples.machine(dataclasses.replace(samples.DISK, serial="another"))
    assert world.execute(document) is ExitCode.REFUSED
    assert world.machine.calls == []


def test_a_signal_stops_the_run(world: World) -> None:
    document = world.started()
    deed = world.machine.make_btrfs

    def make_btrfs(device: str, *, label: str, uuid: str, subvolumes: tuple[str, ...]) -> None:
        deed(device, label=label, uuid=uuid, subvolumes=subvolumes)
        os.kill(os.getpid(), signal.SIGTERM)

    world.machine.make_btrfs = make_btrfs  # type: ignore[method-assign]
    assert world.execute(document) is ExitCode.INTERRUPTED
    *_, started, _finished, last = follow(world.run)
    assert isinstance(last, RunInterrupted)
    assert last.id == "slots"
    assert isinstance(started, OperationStarted)
    assert started.id == "data-filesystem"


def test_a_second_run_leaves_the_first_one_s_journal_alone(world: World) -> None:
    document = world.started()
    with world.run.hold() as journal:
        text = journal.text()
        with pytest.raises(Refused, match="Another installation"):
            world.execute(document)
        assert journal.text() == text


def test_start_is_refused_while_another_runs(world: World) -> None:
    session = world.session()
    plan = session.plan(samples.answers())
    with world.run.hold():
        assert session.running()
        with pytest.raises(Refused, match="Another installation"):
            session.start(samples.answers(), plan)
    assert not session.running()
    assert world.launcher.launched == []


def test_start_without_rights_is_refused_in_words(world: World) -> None:
    session = world.session()
    plan = session.plan(samples.answers())
    world.run.path.parent.joinpath("run").write_text("a file where the folder should be")
    with pytest.raises(Refused, match="cannot be written"):
        session.start(samples.answers(), plan)


def test_stop_asks_the_process_that_runs(world: World) -> None:
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    session = world.session()
    session.stop()
    assert asked == []
    with world.run.hold():
        session.stop()
    assert asked == [signal.SIGTERM]


def test_stop_of_a_run_that_ends_at_that_moment_is_no_error(world: World) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    with world.run.hold():
        world.run.lock.write_bytes(Holder(pid=ended.pid).to_bytes())
        world.session().stop()


def test_two_plans_of_a_session_have_the_same_identifiers(world: World) -> None:
    session = world.session()
    assert session.plan(samples.answers()).digest == session.plan(samples.answers()).digest
    assert world.releases.asked[0] == (samples.answers().source, "x86-64")


def test_two_sessions_draw_their_own(world: World) -> None:
    answers = samples.answers()
    assert world.session().plan(answers).digest != world.session().plan(answers).digest


def test_the_source_on_offer_is_the_machine_s_and_else_the_medium_s(world: World) -> None:
    session = world.session()
    credential, medium = world.sources
    assert session.default_source() is None
    medium.write_text("https://example.org/atomos\n")
    assert session.default_source() == "https://example.org/atomos"
    credential.write_text("http://10.0.2.2:8000/release")
    assert session.default_source() == "http://10.0.2.2:8000/release"
    credential.write_text("\n")
    assert session.default_source() is None


def test_a_source_that_cannot_be_read_is_passed_over(world: World) -> None:
    credential, medium = world.sources
    credential.mkdir()
    medium.write_text("https://example.org/atomos\n")
    assert world.session().default_source() == "https://example.org/atomos"


def test_the_sources_on_a_live_medium() -> None:
    """systemd.system-credentials(7); the second one is in the recipe of the live image."""
    assert tuple(map(str, SOURCE_FILES)) == (
        "/run/credentials/@system/atomos.source",
        "/usr/lib/atomos/source",
    )


def test_leftovers_are_taken_away_before_the_hardware_is_looked_at_and_under_the_lock(
    world: World,
) -> None:
    document = world.started()
    steps: list[str] = []

    class Watched(FakeHardware):
        def machine(self) -> Machine:
            steps.append("look")
            return self.now

    def tidy() -> None:
        holder = world.run.holder()
        assert holder is not None
        assert holder.pid == os.getpid()
        assert world.machine.calls == []
        steps.append("tidy")

    world.hardware, world.tidy = Watched(), tidy
    assert world.execute(document) is ExitCode.DONE
    assert steps == ["tidy", "look"]


def test_leftovers_that_cannot_be_taken_away_are_a_refusal_in_words(world: World) -> None:
    document = world.started()

    def tidy() -> None:
        raise InstallError("/mnt is busy", tool_words="umount: busy", way_out="End cp (12).")

    world.tidy = tidy
    assert world.execute(document) is ExitCode.REFUSED
    (event,) = follow(world.run)
    assert isinstance(event, RunRefused)
    assert event.problems == ("/mnt is busy: umount: busy",)
    assert event.ways_out == ("End cp (12).",)
    assert world.machine.calls == []


def test_nothing_is_planned_while_another_installation_is_running(world: World) -> None:
    session = world.session()
    with world.run.hold(), pytest.raises(Refused, match="Another installation"):
        session.plan(samples.answers())
    assert session.plan(samples.answers()).operations


def test_a_refusal_is_left_for_whoever_looks_later(world: World) -> None:
    session = world.session()
    assert not session.has_run()
    problem = Problem(what="Too small.", way_out="Buy.", question=QuestionId.DISK)
    session.refuse(Refused((problem,)))
    assert session.has_run()
    assert not session.running()
    (event,) = session.events()
    assert isinstance(event, RunRefused)
    assert event.problems == ("Too small.",)
    assert event.questions == ("disk",)


def test_a_refusal_takes_nothing_from_a_run_that_is_on(world: World) -> None:
    with world.run.hold() as journal:
        world.session().refuse(Refused.because("Another.", "Wait."))
        assert journal.text() == ""


def test_a_run_that_said_something_can_be_looked_at(world: World) -> None:
    document = world.started()
    assert not world.session().has_run(), "nothing but a promise so far"
    world.execute(document)
    assert world.session().has_run()


def test_a_handover_comes_back_as_it_was() -> None:
    answers = samples.answers(
        disk=DiskChoice(only=True),
        user=User(
            name="ada",
            full_name="Ada Lovelace",
            password_hash=Secret("$6$x"),
            groups=("video",),
            ssh_keys=("ssh-ed25519 AAAA ada@home",),
        ),
        afterwards=Afterwards.REBOOT,
        slot_size="3 GiB",
    )
    handover = Handover(
        answers=answers, identifiers=Identifiers.draw(), digest="d", unattended=False
    )
    back = Handover.from_json(handover.to_json())
    assert back == handover
    assert back.answers.user is not None
    assert back.answers.user.password_hash == Secret("$6$x")


def test_a_handover_carries_what_opens_the_disk() -> None:
    answers = samples.encrypted(recovery_key=Secret("c-b"), user=None, keep=Keep.DATA_AND_VAR)
    handover = Handover(
        answers=answers, identifiers=samples.IDENTIFIERS, digest="d", unattended=False
    )
    back = Handover.from_json(handover.to_json())
    assert back == handover
    assert back.answers.passphrase == Secret(samples.PASSPHRASE)
    assert samples.PASSPHRASE not in repr(back)
