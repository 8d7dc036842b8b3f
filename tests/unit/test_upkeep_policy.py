"""What the machine may do by itself: the file, and one case for each rule."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from installer.answers import Source
from installer.answers_keys import keys_of
from installer.boot_state import BootState, SlotState
from installer.errors import AnswersInvalid, ExitCode, InstallError, Refused
from installer.release import Release
from installer.upkeep.notes import Downloaded, FailedStart, LastLook, Notes, Result
from installer.upkeep.policy import Action, UpdatePolicy
from installer.upkeep.policy_file import policy_in, read_policy
from installer.upkeep.scheduled import Scheduled
from installer.upkeep.status import as_json, describe
from installer.upkeep.system import System
from installer.upkeep.wish import Wish
from tests.unit import samples, upkeep_samples
from tests.unit.upkeep_samples import GOOD

ROOT = Path(__file__).parents[2]
IMAGE_S_OWN = ROOT / "live/system/usr/lib/atomos/update.yaml"
DOCS = ROOT / "docs/update.md"
WAITING = BootState(order=("b", "a"), a=GOOD)
IN_B = Downloaded(slot="b", version="0.2.0")
AT = "2026-11-29T12:00:00+00:00"


def read(text: str) -> UpdatePolicy:
    return policy_in(text.encode(), "update.yaml", UpdatePolicy())


def errors(text: str) -> list[str]:
    with pytest.raises(AnswersInvalid) as caught:
        read(text)
    return str(caught.value).splitlines()


def test_all_keys_are_read() -> None:
    text = (
        'policy: install\ndelay: 5\nmetered: true\nbattery: 50\nhold:\n- "9.0"\n- 1.2-rc\n- 9.0.1\n'
    )
    assert read(text) == UpdatePolicy(
        policy=Action.INSTALL, delay=5, metered=True, battery=50, hold=("9.0", "1.2-rc", "9.0.1")
    )


@pytest.mark.parametrize("text", ["policy: off", "policy: 'off'", "policy: false", "policy: OFF"])
def test_off_needs_no_quotes(text: str) -> None:
    if text.endswith("OFF"):
        assert errors(text)[0].startswith("update.yaml:1:9: 'OFF' is text in YAML 1.2 and false")
    else:
        assert read(text).policy is Action.OFF


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("policy: instal", "1:9: 'policy' cannot be the text 'instal', write \"off\" or check or"),
        ("polcy: check", "1:1: there is no key 'polcy', did you mean 'policy'?"),
        ("delay: soon", "1:8: 'delay' cannot be the text 'soon', write a whole number"),
        ("delay: 1441", "1:8: 1441 is out of range, write a whole number from 0 to 1440"),
        ("battery: 101", "1:10: 101 is out of range, write a whole number from 0 to 100"),
        ("battery: -1", "1:10: -1 is out of range"),
        ("metered: yes", "1:10: 'yes' is text in YAML 1.2 and true in YAML 1.1"),
        ("hold: [9.0]", "1:8: '9.0' is a number, write \"9.0\""),
        ('hold: ["a b"]', "1:8: 'a b' is not a version"),
        ("hold: 9.0.0", "1:7: 'hold' cannot be the text '9.0.0', write a list"),
        ("- x", "1:1: the file does not consist of keys"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column(text: str, words: str) -> None:
    (error,) = errors(text)
    assert error.startswith(f"update.yaml:{words}")


def test_all_errors_are_told_at_once() -> None:
    assert [each.split(": ")[0] for each in errors("policy: x\n\ndelay: -1\nfoo: 1\n")] == [
        "update.yaml:1:9",
        "update.yaml:3:8",
        "update.yaml:4:1",
    ]


def test_each_key_of_the_owner_comes_before_the_image_s(tmp_path: Path) -> None:
    image, own = tmp_path / "image.yaml", tmp_path / "own.yaml"
    assert read_policy((image, own)) == UpdatePolicy()
    image.write_text("policy: download\nbattery: 10\nhold: ['1.0']\n")
    own.write_text("# nothing yet\n")
    assert read_policy((image, own)).policy is Action.DOWNLOAD
    own.write_text("policy: off\nhold: []\n")
    assert read_policy((image, own)) == UpdatePolicy(policy=Action.OFF, battery=10)
    own.write_bytes(b"policy: \xff\n")
    with pytest.raises(AnswersInvalid, match=r"own.yaml:1:9: the file is not in UTF-8"):
        read_policy((image, own))


def test_the_image_s_file_says_the_defaults_and_every_key_is_documented() -> None:
    assert read_policy((IMAGE_S_OWN,)) == UpdatePolicy()
    for key in keys_of(UpdatePolicy):
        assert f"\n{key.name}: " in IMAGE_S_OWN.read_text()
        assert f"| `{key.name}` |" in DOCS.read_text()


@dataclass
class World:
    """A machine, what it hangs on, a release, and whoever would write it."""

    policy: UpdatePolicy | AnswersInvalid = field(
        default_factory=lambda: UpdatePolicy(policy=Action.INSTALL)
    )
    system: System = field(default_factory=upkeep_samples.system)
    release: Release | InstallError = field(default_factory=upkeep_samples.newer)
    metered: bool = False
    battery: int | None = None
    failed: FailedStart | None = None
    failed_before: tuple[str, ...] = ()
    look_before: LastLook | None = None
    code: ExitCode | Refused = ExitCode.DONE
    source_is_known: bool = True
    moves_while_waiting: bool = False
    shown: str | None = None
    full: bool = False
    logged: list[str] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)
    written: list[Wish] = field(default_factory=list)

    def read(self) -> Notes:
        return Notes(
            policy=self.policy,
            look=self.look_before,
            failed=self.failed,
            failed_before=self.failed_before,
        )

    def write(self, look: LastLook, shown: str) -> None:
        self.shown = shown
        if self.full:
            raise InstallError("the file system on /var is full")
        self.look_before = look

    def is_metered(self) -> bool:
        return self.metered

    def battery_percent(self) -> int | None:
        return self.battery

    def look(self) -> System:
        return dataclasses.replace(self.system, notes=self.read())

    def find(self, wish: Wish) -> Release:
        if isinstance(self.release, InstallError):
            raise self.release
        return self.release

    def source(self) -> Source:
        if not self.source_is_known:
            raise Refused.because("Nothing says where newer releases are.", "Say it.")
        return Source(url="http://10.0.2.2/r")

    def carry_out(self, wish: Wish) -> ExitCode:
        if isinstance(self.code, Refused):
            raise self.code
        self.written.append(wish)
        if self.code is ExitCode.DONE and isinstance(self.release, Release):
            newer = upkeep_samples.slot("b", samples.contract(version=self.release.version))
            state = WAITING if wish.starts else BootState(a=GOOD, b=SlotState(tries=0))
            self.system = upkeep_samples.system(b=newer, state=state)
        return self.code

    def wait(self, seconds: int) -> None:
        self.waited.append(seconds)
        self.metered |= self.moves_while_waiting

    def run(self) -> LastLook | None:
        Scheduled(
            upkeep=self,
            notes=self,
            surroundings=self,
            source=self.source,
            write=self.carry_out,
            wait=self.wait,
            now=lambda: AT,
            log=lambda error: self.logged.append(error.what),
        ).run()
        return self.look_before


def said(world: World) -> str:
    return describe(world.look())


def test_off_does_nothing() -> None:
    world = World(policy=UpdatePolicy(policy=Action.OFF))
    assert world.run() is None
    assert (world.waited, world.written, world.shown) == ([], [], None)
    assert "Updates by themselves: off." in said(world)


def test_check_only_tells() -> None:
    world = World(policy=UpdatePolicy(policy=Action.CHECK))
    assert world.run() == LastLook(at=AT, result=Result.NEWER, version="0.2.0")
    assert world.written == []
    assert world.shown == (
        "AtomOS Debian 0.2.0 is there, AtomOS Debian 0.1.0 runs. `atomos update` writes it."
    )
    assert f"Last looked {AT}: 0.2.0 is newer; `atomos update` writes it." in said(world)


def test_download_writes_it_and_nothing_starts_it() -> None:
    world = World(policy=UpdatePolicy(policy=Action.DOWNLOAD))
    assert world.run() == LastLook(at=AT, result=Result.DOWNLOADED, version="0.2.0", slot="b")
    (wish,) = world.written
    assert not wish.starts
    assert world.shown == "AtomOS Debian 0.2.0 is in Root B; `atomos update` has it start next."
    newer = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    state = BootState(a=GOOD, b=SlotState(tries=0))
    world.system = upkeep_samples.system(b=newer, state=state)
    assert "    downloaded; `atomos update` has it start next\n" in said(world)
    assert '"downloaded": true' in as_json(world.look())
    world.run()
    assert len(world.written) == 1, "it was written again"
    assert world.shown is not None
    assert "has it start next" in world.shown


def test_install_has_it_start_next() -> None:
    world = World()
    assert world.run() == LastLook(at=AT, result=Result.INSTALLED, version="0.2.0", slot="b")
    (wish,) = world.written
    assert wish.starts
    assert world.shown == "AtomOS Debian 0.2.0 is in Root B and starts with the next restart."
    newer = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    waiting = BootState(order=("b", "a"), a=GOOD)
    world.system = upkeep_samples.system(b=newer, state=waiting)
    look = world.run()
    assert look is not None
    assert (look.result, len(world.written)) == (Result.INSTALLED, 1)
    # Somebody has asked for a reset of everything since.
    world.system = upkeep_samples.system(b=newer, state=waiting.next_once("recovery"))
    look = world.run()
    assert look is not None
    assert (look.result, len(world.written)) == (Result.INSTALLED, 1)
    assert world.shown == "AtomOS Debian 0.2.0 is in Root B, and starts after Recovery."


def test_what_was_downloaded_is_installed_when_the_policy_goes_further() -> None:
    newer = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    world = World(
        system=upkeep_samples.system(b=newer, state=BootState(a=GOOD, b=SlotState(tries=0))),
        look_before=LastLook(at=AT, result=Result.DOWNLOADED, version="0.2.0", slot="b"),
    )
    world.run()
    assert [each.starts for each in world.written] == [True]


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9"])
def test_what_is_not_newer_is_left_alone(version: str) -> None:
    world = World(release=upkeep_samples.newer(version))
    look = world.run()
    assert look is not None
    assert (look.result, world.written, world.shown) == (Result.NEWEST, [], "")


def test_a_version_that_somebody_went_back_from_is_not_put_first_again() -> None:
    """After `atomos rollback`: whole, in the other slot, and not what starts next."""
    newer = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    world = World(system=upkeep_samples.system(b=newer, state=BootState(a=GOOD, b=GOOD)))
    world.policy = UpdatePolicy(policy=Action.INSTALL)
    look = world.run()
    assert look is not None
    assert (look.result, world.written, world.shown) == (Result.TAKEN_BACK, [], "")


def test_a_held_version_is_left_alone() -> None:
    world = World(policy=UpdatePolicy(policy=Action.INSTALL, hold=("0.2.0",)))
    look = world.run()
    assert look is not None
    assert (look.result, world.written, world.shown) == (Result.HELD, [], "")
    world.policy = UpdatePolicy(policy=Action.INSTALL, hold=("0.2.1",))
    world.run()
    assert len(world.written) == 1


@pytest.mark.parametrize("is_held", [True, False])
def test_what_is_older_than_a_version_that_is_not_taken_is_installed_and_both_are_told(
    is_held: bool,
) -> None:
    world = World(release=upkeep_samples.newer("0.1.5", passed=("0.2.0",)))
    reason = "0.2.0 is newer, and held (update.yaml)."
    if is_held:
        world.policy = UpdatePolicy(policy=Action.INSTALL, hold=("0.2.0",))
    else:
        reason = "0.2.0 did not come up, and is not tried again by itself."
        world.failed = FailedStart(slot="b", version="0.2.0", why="It panicked.", log="")
    look = world.run()
    assert look == LastLook(
        at=AT, result=Result.INSTALLED, version="0.1.5", slot="b", passed=("0.2.0",), words=reason
    )
    (wish,) = world.written
    assert wish.passing == ("0.2.0",)
    assert f"0.1.5 is written, and comes first. {reason}" in said(world)
    assert '"passed": ["0.2.0"]' in as_json(world.look())


def test_where_the_newest_is_passed_over_the_command_that_is_told_takes_the_other() -> None:
    held = UpdatePolicy(policy=Action.CHECK, hold=("0.2.0",))
    world = World(release=upkeep_samples.newer("0.1.5", passed=("0.2.0",)), policy=held)
    world.run()
    assert world.shown is not None
    assert "`atomos update --version 0.1.5` writes it." in world.shown
    assert "0.1.5 is newer; `atomos update --version 0.1.5` writes it." in said(world)
    world.policy = dataclasses.replace(held, policy=Action.DOWNLOAD)
    world.run()
    assert "`atomos update --version 0.1.5` has it start next." in world.shown
    newer = upkeep_samples.slot("b", samples.contract(version="0.1.5"))
    state = BootState(a=GOOD, b=SlotState(tries=0))
    world.system = upkeep_samples.system(b=newer, state=state)
    assert "    downloaded; `atomos update --version 0.1.5` has it start next\n" in said(world)


def test_a_version_that_is_not_taken_is_told_where_there_is_no_other_newer_one() -> None:
    held = UpdatePolicy(policy=Action.INSTALL, hold=("0.2.0",))
    world = World(release=upkeep_samples.newer("0.1.0", passed=("0.2.0",)), policy=held)
    look = world.run()
    assert look == LastLook(at=AT, result=Result.HELD, version="0.2.0")
    assert (world.written, world.shown) == ([], "")
    world = World(release=upkeep_samples.newer("0.0.8", passed=("0.0.9",)))
    world.policy = UpdatePolicy(policy=Action.INSTALL, hold=("0.0.9",))
    look = world.run()
    assert look == LastLook(at=AT, result=Result.NEWEST, version="0.0.8")


def test_a_version_that_did_not_come_up_is_not_tried_again() -> None:
    failed = FailedStart(slot="b", version="0.2.0", why="It panicked.", log="")
    world = World(failed=failed)
    look = world.run()
    assert look is not None
    assert (look.result, world.written) == (Result.FAILED_BEFORE, [])
    world.release = upkeep_samples.newer("0.2.1")
    world.run()
    assert len(world.written) == 1


@pytest.mark.parametrize(
    ("around", "allowing", "words"),
    [
        ({"metered": True}, {"metered": True}, "The network is metered."),
        ({"battery": 29}, {"battery": 29}, "The machine runs on battery, with 29 percent left."),
        ({"battery": 0}, {"battery": 0}, "The machine runs on battery, with 0 percent left."),
    ],
)
def test_network_and_battery_speak_against_it(
    around: dict[str, int], allowing: dict[str, int], words: str
) -> None:
    world = World(**around)  # type: ignore[arg-type]
    assert world.run() == LastLook(at=AT, result=Result.NOT_NOW, words=words)
    assert (world.written, world.waited) == ([], [])
    assert f"Last looked {AT}: not now. {words}" in said(world)
    world.policy = UpdatePolicy(policy=Action.INSTALL, **allowing)  # type: ignore[arg-type]
    world.run()
    assert len(world.written) == 1


def test_30_percent_are_enough() -> None:
    world = World(battery=30)
    world.run()
    assert len(world.written) == 1


def test_the_delay_is_the_policy_s_and_the_network_is_asked_after_it() -> None:
    world = World(policy=UpdatePolicy(policy=Action.INSTALL, delay=5), moves_while_waiting=True)
    look = world.run()
    assert look is not None
    assert (world.waited, look.result, world.written) == ([300], Result.NOT_NOW, [])


def test_a_newer_one_that_is_known_is_told_while_the_network_is_metered() -> None:
    before = LastLook(at="", result=Result.NEWER, version="0.2.0")
    world = World(metered=True, look_before=before)
    look = world.run()
    assert look is not None
    assert look.version == "0.2.0"
    assert world.shown is not None
    assert "0.2.0 is there" in world.shown
    world.system = upkeep_samples.system(
        a=upkeep_samples.slot("a", samples.contract(version="0.2.0"))
    )
    world.run()
    assert world.shown == ""


def test_what_was_downloaded_stays_so_while_the_network_is_metered() -> None:
    before = LastLook(at="", result=Result.DOWNLOADED, version="0.2.0", slot="b")
    world = World(metered=True, look_before=before)
    look = world.run()
    assert look is not None
    assert (look.result, look.verdict, look.slot, look.at) == (
        Result.NOT_NOW,
        Result.DOWNLOADED,
        "b",
        AT,
    )
    assert world.shown == "AtomOS Debian 0.2.0 is in Root B; `atomos update` has it start next."


def test_what_was_downloaded_stays_so_when_the_release_cannot_be_asked_for() -> None:
    before = LastLook(at="", result=Result.DOWNLOADED, version="0.2.0", slot="b")
    refused = Refused.because("There is no network.", "Look at the cable.")
    for release in (refused, InstallError("/dev/vda3 does not mount")):
        world = World(release=release, look_before=before)
        with pytest.raises((Refused, InstallError)):
            world.run()
        after = world.look_before
        assert after is not None
        assert (after.verdict, after.slot, after.at) == (Result.DOWNLOADED, "b", AT)
        assert world.read().command_for(IN_B) == "atomos update"


def test_a_download_is_remembered_when_a_newer_one_cannot_be_written() -> None:
    """Then it was called broken, and could be started neither with a network nor without."""
    newer = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    world = World(
        policy=UpdatePolicy(policy=Action.DOWNLOAD),
        system=upkeep_samples.system(b=newer, state=BootState(a=GOOD, b=SlotState(tries=0))),
        look_before=LastLook(at="", result=Result.DOWNLOADED, version="0.2.0", slot="b"),
        release=upkeep_samples.newer("0.3.0"),
        code=ExitCode.FAILED,
    )
    look = world.run()
    assert look is not None
    assert (look.result, look.version) == (Result.FAILED, "0.3.0")
    assert world.look().downloaded() == "atomos update --version 0.2.0"


def test_what_was_downloaded_and_has_been_started_since_is_a_slot_like_any_other() -> None:
    """Back from it by `atomos rollback`, before the next look: it was refused as not asked for."""
    newer = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    before = LastLook(at="", result=Result.DOWNLOADED, version="0.2.0", slot="b")
    for state, failed in (
        (BootState(a=GOOD, b=GOOD), None),
        (
            BootState(a=GOOD, b=SlotState(tries=0)),
            FailedStart(slot="b", version="0.2.0", why="It panicked.", log=""),
        ),
    ):
        world = World(look_before=before, failed=failed)
        world.system = upkeep_samples.system(b=newer, state=state)
        assert world.look().downloaded() is None


def test_no_version_that_ever_failed_is_tried_again_by_itself() -> None:
    """With the latest alone, two of them took turns for ever."""
    world = World(failed_before=("0.2.0", "0.1.9"))
    world.failed = FailedStart(slot="b", version="0.1.9", why="It panicked.", log="")
    assert world.read().failed_versions == ("0.1.9", "0.2.0")
    look = world.run()
    assert look is not None
    assert (look.result, world.written) == (Result.FAILED_BEFORE, [])


def test_what_was_installed_and_failed_is_not_said_to_start_next() -> None:
    newer = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    world = World(
        system=upkeep_samples.system(b=newer, state=BootState(a=GOOD, b=SlotState(tries=0))),
        look_before=LastLook(at="", result=Result.INSTALLED, version="0.2.0", slot="b"),
        metered=True,
    )
    world.run()
    assert world.shown == ""


def test_a_release_that_is_refused_is_kept_in_words() -> None:
    world = World(release=Refused.because("The release is for arm64.", "Choose another."))
    with pytest.raises(Refused):
        world.run()
    assert world.look_before is not None
    assert world.look_before.result is Result.REFUSED
    assert "it was refused. The release is for arm64." in said(world)
    world = World(source_is_known=False)
    with pytest.raises(Refused):
        world.run()
    assert "Nothing says where newer releases are." in said(world)
    assert world.shown == "", "an image may come without a source: that is not said at each login"


NO_NETWORK = Refused.because("The server does not answer.", "Look at the cable.")


def test_a_newer_one_that_was_seen_is_told_still_when_the_next_look_is_refused() -> None:
    world = World(policy=UpdatePolicy(policy=Action.CHECK))
    world.run()
    world.release = NO_NETWORK
    for _night in range(2):
        with pytest.raises(Refused):
            world.run()
        assert world.look_before == LastLook(
            at=AT,
            result=Result.REFUSED,
            version="0.2.0",
            seen=Result.NEWER,
            words="The server does not answer.",
        )
        assert world.shown == (
            "AtomOS Debian 0.2.0 is there, AtomOS Debian 0.1.0 runs. `atomos update` writes it.\n"
            "Updates by themselves are refused: The server does not answer."
        )
    assert "it was refused. The server does not answer.\n    Before that: 0.2.0 is newer;" in (
        said(world)
    )


def test_of_looks_that_have_seen_nothing_the_latest_counts_alone() -> None:
    world = World(release=NO_NETWORK)
    with pytest.raises(Refused):
        world.run()
    world.metered = True
    assert world.run() == LastLook(at=AT, result=Result.NOT_NOW, words="The network is metered.")
    assert "Before that" not in said(world)


def test_a_held_version_is_not_offered_when_the_next_look_is_refused() -> None:
    world = World(policy=UpdatePolicy(policy=Action.CHECK, hold=("0.2.0",)))
    world.run()
    world.release = NO_NETWORK
    with pytest.raises(Refused):
        world.run()
    assert world.shown == "Updates by themselves are refused: The server does not answer."
    world.metered = True
    world.run()
    assert world.shown == ""


def test_a_refusal_is_told_after_what_was_installed_runs() -> None:
    world = World()
    world.run()
    runs = upkeep_samples.slot("a", samples.contract(version="0.2.0"))
    world.system = upkeep_samples.system(a=runs)
    world.release = Refused.because("The key has expired.", "Get a new one.")
    with pytest.raises(Refused):
        world.run()
    assert world.look_before is not None
    assert world.look_before.result is Result.REFUSED
    assert world.shown == "Updates by themselves are refused: The key has expired."
    assert "it was refused. The key has expired." in said(world)
    assert "starts with the next restart" not in said(world)


def test_what_was_found_is_kept_when_it_is_refused_then() -> None:
    world = World(code=Refused.because("The slot is\x1b too small.", "Make it larger."))
    with pytest.raises(Refused):
        world.run()
    look = world.look_before
    assert look is not None
    assert (look.result, look.version, look.verdict) == (Result.REFUSED, "0.2.0", Result.NEWER)
    assert world.shown is not None
    assert world.shown.splitlines()[1] == (
        "Updates by themselves are refused: The slot is? too small."
    )


@pytest.mark.parametrize("policy", [Action.CHECK, Action.DOWNLOAD, Action.INSTALL])
def test_notes_that_cannot_be_written_keep_nothing_from_being_done(policy: Action) -> None:
    world = World(policy=UpdatePolicy(policy=policy), full=True)
    world.look_before = LastLook(at="", result=Result.NEWER, version="0.1.5")
    world.run()
    assert len(world.written) == (policy is not Action.CHECK)
    assert set(world.logged) == {"the file system on /var is full"}
    assert world.shown is not None
    assert "0.2.0" in world.shown
    world.release = NO_NETWORK
    with pytest.raises(Refused, match="does not answer"):
        world.run()


def test_a_note_that_an_older_installer_has_kept_is_read() -> None:
    text = '{"at": "x", "result": "downloaded", "version": "0.2.0", "words": "", "slot": "b"}'
    assert LastLook.from_json(text).verdict is Result.DOWNLOADED


def test_a_machine_that_cannot_be_looked_at_is_kept_in_words() -> None:
    world = World(release=InstallError("/dev/vda3 does not mount"))
    with pytest.raises(InstallError):
        world.run()
    assert "it failed. /dev/vda3 does not mount" in said(world)


def test_an_update_that_fails_is_kept() -> None:
    world = World(code=ExitCode.FAILED)
    look = world.run()
    assert look is not None
    assert (look.result, look.words) == (Result.FAILED, "`atomos log` says why.")
    assert (look.version, look.verdict) == ("0.2.0", Result.NEWER)


def test_a_policy_that_cannot_be_read_is_told_and_nothing_is_done() -> None:
    with pytest.raises(AnswersInvalid) as caught:
        read("policy: sometimes")
    world = World(policy=caught.value)
    with pytest.raises(AnswersInvalid):
        world.run()
    assert world.written == []
    assert "    update.yaml:1:9: 'policy' cannot be the text 'sometimes'" in said(world)
    assert '"fault": "update.yaml:1:9: ' in as_json(world.look())
