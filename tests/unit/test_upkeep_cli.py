"""The command line of ``atomos``, with the parts of a machine in memory."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backends.update_notes import UpdateNotes
from installer.answers import Source
from installer.boot_state import BootState, SlotState
from installer.death import Killed
from installer.errors import ExitCode, InstallError, Refused, Unreached
from installer.events import OperationStarted, RunFinished
from installer.hardware import Machine
from installer.journal import RunDirectory, follow
from installer.machinery import Machinery
from installer.release import Release
from installer.run_process import unsupervised
from installer.run_words import UPDATE
from installer.upkeep import cli
from installer.upkeep.execution import UpkeepExecution
from installer.upkeep.session import Upkeep
from installer.upkeep.source import source_of
from installer.upkeep.system import System
from installer.upkeep.wish import Errand, Wish
from tests.unit import samples, upkeep_samples
from tests.unit.fake_machinery import FakeMachine
from tests.unit.upkeep_samples import GOOD, FakeSystems

URL = "http://10.0.2.2/r"


@dataclass
class FakeReleases:
    found: Release | Refused = field(default_factory=upkeep_samples.newer)
    wishes: list[Wish] = field(default_factory=list)

    def find(self, wish: Wish, architecture: str) -> Release:
        assert architecture == "x86-64"
        self.wishes.append(wish)
        if isinstance(self.found, Refused):
            raise self.found
        return self.found


class Hardware:
    def machine(self) -> Machine:
        return upkeep_samples.machine()


@dataclass
class World:
    """A machine whose process is carried out where it is started."""

    path: Path
    systems: FakeSystems = field(default_factory=FakeSystems)
    releases: FakeReleases = field(default_factory=FakeReleases)
    machine: FakeMachine = field(default_factory=lambda: FakeMachine(state=upkeep_samples.STATE))
    launched: list[tuple[str, ...]] = field(default_factory=list)
    look_fails: InstallError | None = None
    supervise: Callable[[Callable[[], ExitCode]], ExitCode | Killed] = unsupervised
    left_open: InstallError | None = None
    waited: list[int] = field(default_factory=list)
    draws: bool = True
    state: Path | None = None
    shown: list[str] = field(default_factory=list)

    @property
    def notes(self) -> UpdateNotes:
        return UpdateNotes(
            policies=(self.path.with_name("update.yaml"),),
            state=self.state or self.path.with_name("last"),
            motd=self.path.with_name("motd"),
            failed=self.path.with_name("failed-start"),
        )

    def surroundings(self) -> "World":
        return self

    def is_metered(self) -> bool:
        return False

    def battery_percent(self) -> int | None:
        return None

    def wait(self, seconds: int) -> None:
        self.waited.append(seconds)

    def now(self) -> str:
        return "2026-11-29T12:00:00+00:00"

    def tidy(self) -> None:
        if self.left_open is not None:
            raise self.left_open

    def upkeep(self, run: Path) -> Upkeep:
        if self.look_fails is not None:
            raise self.look_fails
        return Upkeep(
            systems=self.systems,
            hardware=Hardware(),
            releases=self.releases,
            states=self.systems,
            resets=self.systems,
            launcher=self,
            tidy=lambda: None,
            unlocker=self.systems,
            run=RunDirectory(path=run, words=UPDATE),
            notes=self.notes,
        )

    def launch_detached(self, argv: Sequence[str], stdin: bytes, log: Path) -> None:
        self.launched.append(tuple(argv))
        assert log == self.path / "output.log"
        self.execute(self.path, stdin)

    def execute(self, run: Path, document: bytes) -> ExitCode:
        def machinery(source: Source, *_told: object) -> Machinery:
            assert source.url == URL
            return self.machine.machinery()

        return UpkeepExecution(
            systems=self.systems,
            hardware=Hardware(),
            releases=self.releases,
            make_machinery=machinery,
            tidy=self.tidy,
            run=RunDirectory(path=run, words=UPDATE),
            supervise=self.supervise,
        ).carry_out(document)

    def language(self) -> str:
        return "en"

    def can_draw(self) -> bool:
        return self.draws

    def show_screens(self, run: Path, place: str) -> None:
        assert run == self.path
        self.shown.append(place)

    def run(self, *argv: str) -> int:
        return cli.main(["--run-dir", str(self.path), *argv], self)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    import signal

    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    yield World(tmp_path / "run")
    for each, handler in before.items():
        signal.signal(each, handler)


def test_status(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("status") == 0
    assert capsys.readouterr().out.startswith("Root A (runs now): AtomOS Debian 0.1.0\n")
    assert world.run("status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["runs"] == "a"


def test_screens_or_where_nothing_can_draw_the_status(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.run("screens") == 0
    assert world.shown == [""]
    assert not capsys.readouterr().out
    world.draws = False
    assert world.run("screens") == 0
    assert capsys.readouterr().out.startswith("Root A (runs now): AtomOS Debian 0.1.0\n")


def test_an_update_from_its_offer_to_its_end(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.run("update", "--check", "--from", URL) == 0
    offer = f"0.2.0 is newer than what runs. `atomos update --from {URL}` writes it.\n"
    assert capsys.readouterr().out == offer
    assert not world.launched
    assert world.run("update", "--from", URL) == 0
    said = capsys.readouterr().out
    assert "Updating QEMU HARDDISK (/dev/vda)." in said
    assert "Note: The release is signed by Releases (ABC)." in said
    assert "[5/5] Have Root B start first, with three tries" in said
    assert "It starts with the next restart." in said
    assert world.machine.state == BootState(order=("b", "a"), a=GOOD)
    (argv,) = world.launched
    assert argv[-5:] == ("-m", "installer.upkeep", "execute", "--run-dir", str(world.path))
    assert "Something" not in said


def test_events_as_json_lines(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("update", "--json", "--from", URL) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["event"] for each in events[:2]] == ["run-started", "plan-made"]
    assert events[1]["identifiers"] is None
    assert events[-1]["event"] == "finished"
    assert isinstance(list(follow(RunDirectory(path=world.path)))[-1], RunFinished)
    assert world.run("log", "--json") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(events)


def test_the_offer_as_json(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("update", "--check", "--json", "--from", URL) == 0
    assert json.loads(capsys.readouterr().out) == {
        "v": 1,
        "runs": "0.1.0",
        "offered": "0.2.0",
        "newer": True,
        "signed_by": "Releases (ABC)",
        "size_bytes": upkeep_samples.newer().image.size_bytes,
    }


def test_what_is_here_already_is_not_written_again(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.releases.found = upkeep_samples.newer("0.1.0")
    assert world.run("update", "--from", URL) == 0
    assert "AtomOS Debian 0.1.0 is here already" in capsys.readouterr().out
    assert world.run("update", "--from", URL, "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert (json.loads(line)["offered"], json.loads(line)["newer"]) == ("0.1.0", False)
    assert not world.launched
    assert world.run("update", "--older", "--from", URL) == 0
    assert len(world.launched) == 1


def test_the_offer_is_what_is_so(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    b = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    world.systems.now = upkeep_samples.system(b=b, state=BootState(order=("b", "a"), a=GOOD))
    assert world.run("update", "--check", "--from", URL) == 0
    assert (
        capsys.readouterr().out == "AtomOS Debian 0.2.0 is here already; nothing is to be done.\n"
    )
    assert world.run("update", "--check", "--json", "--from", URL) == 0
    assert json.loads(capsys.readouterr().out)["newer"] is False, "whoever asks would loop"
    world.releases.found = upkeep_samples.newer("0.0.9")
    assert world.run("update", "--check", "--from", URL, "--version", "0.0.9") == 0
    assert capsys.readouterr().out == "0.0.9 is no newer one than what runs.\n"
    world.releases.found = upkeep_samples.newer("0.3.0")
    argv = ("update", "--check", "--from", "/my releases", "--version", "0.3.0")
    assert world.run(*argv, "--allow-unsigned") == 0
    command = "atomos update --from '/my releases' --version 0.3.0 --allow-unsigned"
    assert f"`{command}` writes it." in capsys.readouterr().out
    world.systems.now = upkeep_samples.locked()
    assert world.run("update", "--check", "--from", URL) == 3
    assert "`atomos unlock`" in capsys.readouterr().err


def test_on_the_screens_what_is_here_already_is_refused(world: World) -> None:
    upkeep, wish = world.upkeep(world.path), upkeep_samples.wish()
    upkeep.refuse_what_is_here(wish)
    world.releases.found = upkeep_samples.newer("0.1.0")
    with pytest.raises(Refused, match=r"AtomOS Debian 0\.1\.0 is here already") as refused:
        upkeep.refuse_what_is_here(wish)
    assert "--older" in refused.value.problems[0].way_out
    upkeep.refuse_what_is_here(dataclasses.replace(wish, any_version=True))
    upkeep.refuse_what_is_here(dataclasses.replace(wish, recovery=True))
    world.releases.found = Refused.because("It is not reached.", "Try again.")
    upkeep.refuse_what_is_here(wish)


def test_what_is_asked_for_reaches_whoever_looks(world: World) -> None:
    argv = ("update", "--from", URL, "--version", "0.2.0", "--older", "--allow-unsigned")
    assert world.run(*argv) == 0
    source = Source(url=URL, version="0.2.0", allow_unsigned=True)
    assert set(world.releases.wishes) == {Wish(source=source, any_version=True)}


def test_a_refusal_says_why_and_what_to_do(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.releases.found = upkeep_samples.newer("0.0.9", architecture="arm64")
    assert world.run("update", "--from", URL) == 3
    said = capsys.readouterr().err
    assert "which is newer" in said
    assert "`--older`" in said
    assert "is for arm64" in said
    assert not world.launched


def test_without_an_address_it_says_where_to_write_one(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.run("update") == 3
    assert "/etc/atomos/source" in capsys.readouterr().err


def test_a_step_that_fails_ends_with_4(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.machine.fails = ("copy_kernel", "/dev/vda5")
    assert world.run("update", "--from", URL) == 4
    said = capsys.readouterr().out
    assert "FAILED: Copy kernel and initrd of Root B" in said
    assert "What runs is as it was" in said
    assert world.machine.state is not None
    assert world.machine.state.choice(has_recovery=True) == "a"


def test_a_process_that_was_killed_is_told_as_what_it_was(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.supervise = lambda _work: Killed(signal="SIGKILL")
    world.left_open = InstallError("/dev/vda3 is busy", tool_words="by 7")
    assert world.run("update", "--from", URL) == 4
    said = capsys.readouterr().out
    assert "The process that writes the slot was killed (SIGKILL)." in said
    assert "What runs is as it was. Look at" in said
    assert "Note: /dev/vda3 is busy: by 7" in said


def test_the_process_refuses_another_plan_than_the_one_that_was_shown(world: World) -> None:
    wish = Wish(source=Source(url=URL))
    world.upkeep(world.path).run.prepare()
    document = Errand(wish=wish, digest="another").to_json()
    assert world.execute(world.path, document) is ExitCode.REFUSED
    assert world.execute(world.path, b"no document") is ExitCode.FAILED
    assert world.machine.calls == []


def test_an_image_of_one_s_own_is_told_from_a_release(world: World, tmp_path: Path) -> None:
    image = tmp_path / "my.squashfs"
    image.write_bytes(b"x")
    world.releases.found = Refused.because("No.", "Way.")
    assert world.run("slot", "write", "--allow-unsigned", str(image)) == 3
    assert world.run("slot", "write", str(tmp_path)) == 3
    one, other = world.releases.wishes
    assert (one.image, one.any_version, one.source.allow_unsigned) == (str(image), True, True)
    assert (other.image, other.source.url) == (None, tmp_path.as_uri())
    # Of a release, and of one's own beside sums.
    (tmp_path / "SHA256SUMS").write_text("")
    of_release = tmp_path / "atomos_0.2.0_x86-64.squashfs"
    of_release.write_bytes(b"x")
    assert world.run("slot", "write", str(of_release)) == 3
    assert world.run("slot", "write", str(image)) == 3
    assert world.run("update", "--from", str(image)) == 3
    release, own, newer = world.releases.wishes[2:]
    assert (release.source.url, release.source.version) == (tmp_path.as_uri(), "0.2.0")
    assert (release.image, release.any_version) == (None, True)
    assert (own.image, own.any_version) == (str(image), True)
    assert (newer.image, newer.any_version) == (str(image), False)


def away(world: World) -> None:
    """An update was downloaded, and there is no network."""
    look = world.systems.now = upkeep_samples.downloaded()
    assert look.notes is not None
    assert look.notes.look is not None
    world.notes.write(look.notes.look, "")
    world.systems.now = dataclasses.replace(look, notes=None)
    world.machine.state = look.state
    world.releases.found = Unreached.because("10.0.2.2 is not reached.", "Check the network.")
    source = world.path.with_name("source")
    source.write_text(URL)


def test_away_from_the_network_what_was_downloaded_is_started(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away(world)
    monkeypatch.setattr(source_of, "__kwdefaults__", {"files": (world.path.with_name("source"),)})
    assert world.run("update") == 0
    said = capsys.readouterr().out
    assert "The release cannot be reached: the image that was downloaded into Root B" in said
    assert "It starts with the next restart." in said
    assert world.machine.state == BootState(order=("b", "a"), a=GOOD)


def test_whoever_names_a_place_is_told_that_it_is_not_reached(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else may be there then than what was named. And what a server refuses stays so."""
    away(world)
    monkeypatch.setattr(source_of, "__kwdefaults__", {"files": (world.path.with_name("source"),)})
    assert world.run("update", "--from", URL) == 3
    assert world.run("update", "--check") == 3
    world.releases.found = Refused.because("Its signature is bad.", "Ask.")
    assert world.run("update") == 3
    assert "Its signature is bad." in capsys.readouterr().err
    assert world.machine.state == BootState(a=GOOD, b=SlotState(tries=0))
    assert world.run("boot-next", "b") == 3
    assert "`atomos update` has it start next." in capsys.readouterr().err


def test_back_and_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("rollback") == 3
    assert "not known good" in capsys.readouterr().err
    world.systems.now = upkeep_samples.system(state=BootState(a=GOOD, b=GOOD))
    assert world.run("rollback", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["next"], told["updates"]["policy"]) == ("b", "check")
    assert world.run("boot-next", "recovery") == 0
    assert "Next start: Recovery, this once; then Root B." in capsys.readouterr().out


def test_while_something_is_written_nothing_else_begins(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RunDirectory(path=world.path, words=UPDATE)
    with run.hold() as journal:
        journal.emit(OperationStarted(time=1.0, id="slot"))
        for argv in (("update", "--from", URL), ("rollback",), ("boot-next", "b")):
            assert world.run(*argv) == 3
            assert "Something else is being written" in capsys.readouterr().err
        assert world.run("log") == 0
        assert "It is still running" in capsys.readouterr().err
        assert world.run("status") == 0
        assert "Something is being written now" in capsys.readouterr().out


def test_a_machine_that_cannot_be_looked_at_is_told_without_a_traceback(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.look_fails = InstallError("it does not mount", tool_words="wrong fs", way_out="Look.")
    assert world.run("status") == 4
    assert capsys.readouterr().err == "it does not mount\nwrong fs\nLook.\n"


def test_nothing_was_written_yet(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("log") == 0
    assert "Nothing was written since" in capsys.readouterr().out
    assert world.run("log", "--json") == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "")


def test_a_release_is_looked_for_where_it_is_written_down(tmp_path: Path) -> None:
    from installer.upkeep.source import release_address, source_of

    own, image = tmp_path / "own", tmp_path / "image"
    image.write_text("https://example.org/image\n")
    found = source_of(None, version=None, allow_unsigned=False, files=(own, image))
    assert found.url == "https://example.org/image"
    own.write_text("volume:STICK/atomos\n")
    found = source_of(None, version=None, allow_unsigned=False, files=(own, image))
    assert found.url == "volume:STICK/atomos"
    assert release_address("/a folder") == "file:///a%20folder"


@pytest.mark.parametrize("name", ["atomos-live_1.2_x86-64.iso", "atomos_1.2_x86-64.squashfs"])
def test_recovery_is_made_of_the_release_that_a_file_is_of(tmp_path: Path, name: str) -> None:
    """The live ISO was refused as no SquashFS, though that is what Recovery becomes."""
    from installer.upkeep.source import recovery_wish

    (tmp_path / name).touch()
    given = Source(url=(tmp_path / name).as_uri())
    with pytest.raises(Refused, match="no file of a release") as refusal:
        recovery_wish(given, any_version=False)
    assert "Name the folder" in str(refusal.value.problems[0].way_out)
    (tmp_path / "SHA256SUMS").touch()
    wish = recovery_wish(given, any_version=False)
    assert wish.recovery
    assert wish.source == Source(url=tmp_path.as_uri(), version="1.2")
    whole = recovery_wish(Source(url=URL), any_version=True)
    assert (whole.source.url, whole.source.version, whole.any_version) == (URL, None, True)


def test_the_errand_goes_as_it_is() -> None:
    wish = Wish(source=Source(url=URL, allow_unsigned=True), image="/x", any_version=True)
    errand = Errand(wish=wish, digest="d" * 64, language="de")
    assert Errand.from_json(errand.to_json()) == errand
    with pytest.raises(ValueError, match="validation error"):
        Errand.from_json(b"{}")


def test_the_timer_goes_as_far_as_the_policy(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, motd = world.path.with_name("update.yaml"), world.path.with_name("motd")
    assert world.run("update", "--scheduled", "--from", URL) == 0
    assert "0.2.0 is newer; `atomos update` writes it." in capsys.readouterr().out
    assert (world.waited, world.launched) == ([3600], [])
    assert "0.2.0 is there" in motd.read_text()
    assert world.run("update", "--scheduled", "--json", "--from", URL) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["v"], found["last"]["result"]) == (1, "newer")

    policy.write_text("policy: download\ndelay: 0\n")
    assert world.run("update", "--scheduled", "--from", URL) == 0
    said = capsys.readouterr().out
    assert "[4/4] Bring the start menu" in said
    assert "`atomos update` has it start next." in said
    assert "next restart" not in said
    assert world.machine.state == BootState(a=GOOD, b=SlotState(tries=0))
    assert world.run("log") == 0
    assert "next restart" not in capsys.readouterr().out

    policy.write_text("policy: install\n")
    assert world.run("update", "--scheduled", "--from", URL) == 0
    assert "It starts with the next restart." in capsys.readouterr().out
    assert world.machine.state == BootState(order=("b", "a"), a=GOOD)
    world.systems.now = written(world)
    assert world.run("update", "--scheduled", "--from", URL) == 0
    assert "starts with the next restart" in motd.read_text()


def written(world: World) -> System:
    """What is found when it has been."""
    newer = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    return upkeep_samples.system(b=newer, state=world.machine.state)


def test_the_timer_keeps_what_went_wrong(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.releases.found = Refused.because("The server is not there.", "Try again.")
    assert world.run("update", "--scheduled", "--from", URL) == 3
    assert "The server is not there.\n    Try again." in capsys.readouterr().err
    assert world.run("status", "--json") == 0
    last = json.loads(capsys.readouterr().out)["updates"]["last"]
    assert (last["result"], last["words"]) == ("refused", "The server is not there.")
    world.path.with_name("update.yaml").write_text("polcy: off\n")
    assert world.run("update", "--scheduled", "--from", URL) == 2
    assert "update.yaml:1:1: there is no key 'polcy'" in capsys.readouterr().err


def test_the_timer_installs_where_nothing_can_be_kept(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.path.with_name("update.yaml").write_text("policy: install\ndelay: 0\n")
    # As /var that is full; nobody can write below a file, root neither.
    world.path.with_name("full").write_text("")
    world.state = world.path.with_name("full") / "update/last"
    assert world.run("update", "--scheduled", "--from", URL) == 0
    told = capsys.readouterr()
    assert "It starts with the next restart." in told.out
    assert "Last looked" not in told.out
    assert "What it came to cannot be kept: a file on" in told.err
    world.systems.now = written(world)
    assert world.run("update", "--scheduled", "--from", URL) == 0
    assert "starts with the next restart" in world.path.with_name("motd").read_text()


def test_a_start_that_failed_is_told_with_its_log(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.run("log", "--failed") == 0
    assert "No start has failed three times" in capsys.readouterr().out
    assert world.run("log", "--failed", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"v": 1, "failed": None, "text": None}
    folder = world.path.with_name("failed-start")
    folder.mkdir()
    why = "why=Its login did not come up.\nwhy=The image is as it was installed.\n"
    (folder / "start").write_text(f"slot=b\nversion=0.1.0\n{why}")
    assert world.run("log", "--failed") == 0
    said = capsys.readouterr().out
    assert said.startswith("Root B (0.1.0) did not come up three times.\nIts login did not")
    assert said.endswith("Nothing of what it wrote itself could be kept.\n")
    (folder / "log").write_text("Kernel panic\x1b[31m - not syncing\n")
    assert world.run("log", "--failed") == 0
    assert "Kernel panic?[31m - not syncing" in capsys.readouterr().out
    assert world.run("log", "--failed", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "v": 1,
        "failed": {
            "slot": "b",
            "version": "0.1.0",
            "why": "Its login did not come up.\nThe image is as it was installed.",
            "log": str(folder / "log"),
        },
        "text": "Kernel panic\x1b[31m - not syncing\n",
    }
    failed = BootState(a=GOOD, b=SlotState(tries=0))
    world.systems.now = upkeep_samples.system(state=failed)
    assert world.run("status") == 0
    told = capsys.readouterr().out
    assert "    Its login did not come up.\n    The image is as it was installed.\n" in told
    assert "    What it wrote itself: `atomos log --failed`.\n" in told
    assert world.run("status", "--json") == 0
    slots = json.loads(capsys.readouterr().out)["slots"]
    assert slots["a"]["failed"] is None
    assert slots["b"]["failed"]["version"] == "0.1.0"
    world.systems.now = upkeep_samples.system()
    assert world.run("status") == 0
    assert "Its login" not in capsys.readouterr().out, "it is told of a slot that has tries left"


def test_a_file_of_a_release_is_that_version_and_any_other_an_image(
    world: World, tmp_path: Path
) -> None:
    world.releases.found = Refused.because("No.", "Way.")
    image = tmp_path / "atomos_0.2.0_x86-64.squashfs"
    image.write_bytes(b"x")
    assert world.run("update", "--from", str(image)) == 3
    (tmp_path / "SHA256SUMS").write_text("")
    assert world.run("update", "--from", str(image)) == 3
    assert world.run("update", "--from", f"volume:STICK/atomos/{image.name}") == 3
    assert world.run("update", "--from", f"https://example.org/{image.name}") == 3
    assert world.run("update", "--from", str(tmp_path)) == 3
    own, *others = world.releases.wishes
    assert (own.image, own.any_version, own.source.version) == (str(image), False, None)
    assert [(each.source.url, each.source.version, each.image) for each in others] == [
        (tmp_path.as_uri(), "0.2.0", None),
        ("volume:STICK/atomos", "0.2.0", None),
        ("https://example.org", "0.2.0", None),
        (tmp_path.as_uri(), None, None),
    ]
