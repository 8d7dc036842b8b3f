"""A look into an encrypted disk, by a stand-in for the tools: what is opened is closed again."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import backends.container_look
import backends.read_only_loop
from backends.installation_look import InstallationLook
from backends.mounts import Mounts
from backends.runner import Completed, Runner
from installer.errors import Interrupted, Refused, ToolFailed
from installer.hardware import Disk, Partition
from installer.installation import Installation
from installer.question import QuestionId
from installer.secret import Secret
from tests.unit.test_backends_luks_header import PRIMARY, UUID, secondary

PASSPHRASE = Secret("korrektes Pferd")
ACTIVATE = "lvm vgchange --devices /dev/mapper/atomos-look --config"
LOOP = "/dev/loop5"
SIZES = {"a": 2 << 30, "b": 2 << 30, "data": 9 << 30, "other": 4 << 20}
UPPER = "@var/lib/atomos/etc/upper"
SUPER = "flags\t\t\t0x1\nfsid\t\t\t11111111-2222-4333-8444-555555555555\nnum_devices\t\t1\n"
USAGE = """\
Overall:
    Device size:                  2546991104
    Free (estimated):             2271703040      (min: 2271703040)
    Free (statfs, df):                     0
"""
STATS = "[/dev/dm-3].write_io_errs    0\n[/dev/dm-3].corruption_errs  0\n"
SUBVOLUMES = ("@home", "@nix", "@snapshots", "@var")


class Tools(Runner):
    """A machine with one encrypted disk. `fails` names a tool that ends with a status."""

    def __init__(self, root: Path, partition: Path) -> None:
        super().__init__()
        self.root = root
        self.partition = partition
        self.asked: list[str] = []
        self.sizes = dict(SIZES)
        self.fails: dict[str, int] = {}
        self.interrupted_in = ""
        self.loops: set[str] = set()
        self.active: set[str] = set()
        self.stays: set[str] = set()

    @property
    def mapped(self) -> list[str]:
        found = (self.root / "sys/class/block").glob("dm-*/dm/name")
        return sorted(each.read_text().strip() for each in found)

    def map(self, name: str, below: str, *, loop_over: Path | None = None) -> None:
        entry = self.root / f"sys/class/block/dm-{len(self.mapped)}"
        (entry / "dm").mkdir(parents=True)
        (entry / "dm/name").write_text(f"{name}\n")
        (entry / "slaves" / below).mkdir(parents=True)
        if loop_over is not None:
            (entry / "slaves" / below / "loop").mkdir()
            (entry / "slaves" / below / "loop/backing_file").write_text(f"{loop_over}\n")

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | bytes | None = None,
        timeout: float,
        device: str | None = None,
        ok: tuple[int, ...] = (0,),
        cleaning_up: bool = False,
    ) -> Completed:
        words = " ".join(argv)
        self.asked.append(words)
        secret = PASSPHRASE.reveal()
        assert secret not in words
        status, printed = self._do(list(argv), words, stdin)
        for start, code in self.fails.items():
            status = code if words.startswith(start) else status
        if self.interrupted_in and words.startswith(self.interrupted_in) and not cleaning_up:
            raise Interrupted
        if status not in ok:
            raise ToolFailed(tuple(argv), f"ended with status {status}", "its words", device=device)
        return Completed(stdout=printed, stderr="", returncode=status)

    def _do(self, argv: list[str], words: str, stdin: str | bytes | None) -> tuple[int, str]:
        match argv:
            case ["losetup", "--noheadings", *_]:
                return 0, "".join(f"{each} 1\n" for each in self.loops)
            case ["losetup", "--read-only", *_]:
                self.loops.add(LOOP)
                return 0, f"{LOOP}\n"
            case ["losetup", "--detach", name]:
                self.loops.remove(name)
            case ["cryptsetup", "open", *_, below, name]:
                assert "--readonly" in argv
                if not stdin:
                    return 1, ""  # "Nothing to read on input."
                if stdin != PASSPHRASE.reveal().encode():
                    return 2, ""
                if "cryptsetup open" not in self.fails:
                    self.map(name, Path(below).name, loop_over=self.partition)
            case ["cryptsetup", "close", name]:
                if self.active:
                    return 5, ""
                for each in (self.root / "sys/class/block").glob("dm-*"):
                    if (each / "dm/name").read_text().strip() == name and name not in self.stays:
                        shutil.rmtree(each)
            case ["lvm", "vgchange", "--devices", _, *_, "--activate", onoff, "atomos"]:
                self.active = {"atomos"} if onoff == "y" else set()
            case ["lvm", "lvs", *_]:
                rows = [{"lv_name": name, "lv_size": f"{b}"} for name, b in self.sizes.items()]
                return 0, json.dumps({"report": [{"lv": rows}]})
            case ["mount", *_, place]:
                assert argv[-2] == "/dev/mapper/atomos-data"
                shutil.copytree(self.root / "data", place, dirs_exist_ok=True)
            case ["umount", place]:
                for each in Path(place).iterdir():
                    shutil.rmtree(each)
            case _:
                return 0, _printed_by_btrfs(words)
        return 0, ""


def _printed_by_btrfs(words: str) -> str:
    if "dump-super" in words:
        return SUPER
    if "device stats" in words:
        return STATS
    if "filesystem usage" in words:
        return USAGE
    assert words.startswith("btrfs subvolume list"), words
    return "".join(f"ID 25{i} gen 8 top level 5 path {each}\n" for i, each in enumerate(SUBVOLUMES))


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    for name in SUBVOLUMES:
        (tmp_path / "data" / name).mkdir(parents=True)
    upper = tmp_path / "data" / UPPER
    upper.mkdir(parents=True)
    (upper / "passwd").write_text("root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n")
    (upper / "shadow").write_text("ada:$6$x:20000:0:99999:7:::\n")
    partition = tmp_path / "vda4"
    partition.write_bytes(PRIMARY + secondary())
    monkeypatch.setattr(backends.read_only_loop, "require_block_device", lambda path: None)
    monkeypatch.setattr(backends.container_look, "BUSY_SECONDS", 0.0)
    return Tools(tmp_path, partition)


Look = Callable[[Secret | None], Installation]


@pytest.fixture
def look(tools: Tools, tmp_path: Path) -> Look:
    part = Partition(
        path=str(tools.partition), number=4, start_bytes=0, size_bytes=20 << 30, label="atomos-luks"
    )
    disk = Disk(path="/dev/vda", size_bytes=20 << 30, table="gpt", partitions=(part,))
    looking = InstallationLook(tools, Mounts(tools, tmp_path / "mnt"), root=tmp_path)
    return lambda passphrase: looking.look(disk, passphrase)


def closed(tools: Tools) -> bool:
    return not (tools.mapped or tools.active or tools.loops)


def refusal(look: Look, passphrase: Secret | None = PASSPHRASE) -> Refused:
    with pytest.raises(Refused) as caught:
        look(passphrase)
    return caught.value


def test_what_is_found(tools: Tools, look: Look) -> None:
    found = look(PASSPHRASE)
    assert found.luks_uuid == UUID
    assert found.slot_bytes == (2 << 30, 2 << 30)
    assert found.data_free_bytes == 2_271_703_040
    assert found.accounts == ("ada",)
    assert found.subvolumes == SUBVOLUMES
    assert closed(tools)


def test_nothing_can_write_and_no_other_disk_is_seen(tools: Tools, look: Look) -> None:
    look(PASSPHRASE)
    opened = next(each for each in tools.asked if each.startswith("cryptsetup open"))
    assert opened == f"cryptsetup open --type luks2 --readonly --key-file=- {LOOP} atomos-look"
    for words in tools.asked:
        if words.startswith("lvm"):
            assert " --devices /dev/mapper/atomos-look " in words
    active = next(each for each in tools.asked if "--activate y" in each)
    assert 'read_only_volume_list=["atomos"]' in active
    mounted = next(each for each in tools.asked if each.startswith("mount"))
    assert " ro,nodev,nosuid,noexec,rescue=nologreplay,subvol=/ " in mounted
    # Released while it is in use, so that a kill leaves it to the kernel.
    order = [each.split()[0:2] for each in tools.asked]
    assert order.index(["losetup", "--detach"]) < order.index(["lvm", "lvs"])


@pytest.mark.parametrize(
    ("passphrase", "words"),
    [
        (None, "The data on {device} are encrypted."),
        (Secret("falsch"), "The passphrase does not open {device}."),
        (Secret(""), "The passphrase does not open {device}."),
    ],
)
def test_without_the_passphrase(
    tools: Tools, look: Look, passphrase: Secret | None, words: str
) -> None:
    (problem,) = refusal(look, passphrase).problems
    assert problem.question is QuestionId.UNLOCK
    assert problem.what == words.format(device=tools.partition)
    assert "recovery key" in problem.way_out
    assert closed(tools)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"LUKS\xba\xbe\x00\x01" + bytes(4 << 20), "is encrypted by LUKS1"),
        (bytes(8 << 20), "has no LUKS2 header, or a damaged one"),
    ],
    ids=["LUKS1", "nothing"],
)
def test_another_header(tools: Tools, look: Look, start: bytes, words: str) -> None:
    tools.partition.write_bytes(start)
    (problem,) = refusal(look, None).problems
    assert words in problem.what
    assert str(tools.partition) in problem.what
    assert problem.question is None
    assert tools.asked == []


@pytest.mark.parametrize(
    ("lost", "words"),
    [(("b",), "lacks the volumes b."), (("a", "b", "data"), "lacks the volumes a, b, data.")],
)
def test_a_group_that_is_not_ours(
    tools: Tools, look: Look, lost: tuple[str, ...], words: str
) -> None:
    for name in lost:
        del tools.sizes[name]
    (problem,) = refusal(look).problems
    assert words in problem.what
    assert closed(tools)


@pytest.mark.parametrize(
    "failing", ["cryptsetup open", "lvm lvs", ACTIVATE, "mount", "btrfs device stats"]
)
def test_closed_after_a_failure(tools: Tools, look: Look, failing: str) -> None:
    tools.fails[failing] = 1
    (problem,) = refusal(look).problems
    assert problem.way_out
    assert closed(tools)


@pytest.mark.parametrize(
    "tool", ["losetup --read-only", "cryptsetup open", "lvm vgchange", "mount", "btrfs device"]
)
def test_closed_when_somebody_asks_to_stop(tools: Tools, look: Look, tool: str) -> None:
    tools.interrupted_in = tool
    with pytest.raises(Interrupted):
        look(PASSPHRASE)
    assert not tools.mapped
    assert not tools.active


def test_what_a_killed_look_left_is_closed_first(tools: Tools, look: Look) -> None:
    tools.map("atomos-look", "loop3", loop_over=tools.partition)
    tools.active = {"atomos"}
    tools.loops = {"/dev/loop3"}
    assert look(PASSPHRASE).accounts == ("ada",)
    assert closed(tools)


def test_what_a_killed_installation_left_is_closed_first(tools: Tools, look: Look) -> None:
    tools.map("atomos", "loop3", loop_over=tools.partition)
    tools.active = {"atomos"}
    look(PASSPHRASE)
    first = [each for each in tools.asked if each.startswith(("lvm", "cryptsetup"))][:3]
    assert [each.split()[:2] for each in first[:2]] == [
        ["lvm", "vgchange"],
        ["cryptsetup", "close"],
    ]
    assert "--devices /dev/mapper/atomos --activate n atomos" in first[0]
    assert closed(tools)


def test_somebody_elses_container_stays_open(tools: Tools, look: Look) -> None:
    tools.map("atomos", "sdb4")
    look(PASSPHRASE)
    assert tools.mapped == ["atomos"]


@pytest.mark.parametrize("status", [4, 5])
def test_a_leftover_in_use_is_named(tools: Tools, look: Look, status: int) -> None:
    """A tool that says that it is gone is not believed as long as the kernel shows it."""
    tools.map("atomos", "loop3", loop_over=tools.partition)
    tools.stays = {"atomos"}
    tools.fails["cryptsetup close atomos"] = status
    (problem,) = refusal(look).problems
    assert f"/dev/mapper/atomos on {tools.partition} is in use" in problem.what
    assert "cryptsetup close atomos" in problem.way_out
