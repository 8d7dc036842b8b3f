"""Opening and closing, by a stand-in for cryptsetup and for the kernel's device-mapper."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

import backends.luks
from backends.luks import Cryptsetup
from backends.luks_header import LuksHeader
from backends.mounts import Mounts
from backends.runner import Completed, Runner
from installer.errors import InstallError
from installer.secret import Secret

UUID = "12345678-9abc-4def-8123-456789abcdef"
DEVICE = "/dev/vda5"
NUMBER = os.makedev(254, 5)
NAME = "atomos"
IDENTITY = f"CRYPT-LUKS2-{UUID.replace('-', '')}-{NAME}"
PASSPHRASE = Secret("correct horse")
OPEN = ("cryptsetup", "open", "--type", "luks2")
FLAGS = ("--allow-discards", "--persistent")


class Tool(Runner):
    """Ends with `status`, and keeps what it was given."""

    def __init__(self, status: int = 0) -> None:
        super().__init__()
        self.status = status
        self.asked: list[tuple[str, ...]] = []
        self.inputs: list[str | bytes | None] = []
        self.cleaning: list[bool] = []

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
        self.asked.append(tuple(argv))
        self.inputs.append(stdin)
        self.cleaning.append(cleaning_up)
        assert self.status in ok, "Runner would have raised ToolFailed"
        return Completed(stdout="", stderr="its words\n", returncode=self.status)


class FakeStat:
    """What is asked of os.stat."""

    st_mode = 0o060600
    st_rdev = NUMBER


@pytest.fixture(autouse=True)
def devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """`DEVICE` and /dev/mapper are block devices."""
    whole = Path.stat

    def stat(self: Path, *, follow_symlinks: bool = True) -> os.stat_result | FakeStat:
        if str(self).startswith("/dev/"):
            return FakeStat()
        return whole(self, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)


@pytest.fixture
def tool() -> Tool:
    return Tool()


@pytest.fixture
def luks(tool: Tool, tmp_path: Path) -> Cryptsetup:
    return Cryptsetup(tool, Mounts(tool, tmp_path / "mnt"), root=tmp_path)


@pytest.fixture(params=[False, True])
def always_discards(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """A header with the flag for discards, or without."""
    flag = bool(request.param)
    header = LuksHeader(
        uuid=UUID,
        sequence=3,
        length_bytes=16 << 20,
        always_discards=flag,
        derivations=(("argon2id", 65536),),
    )
    monkeypatch.setattr(backends.luks, "read_headers", lambda device: (header, header))
    return flag


def mapped(root: Path, *, name: str = NAME, identity: str = IDENTITY, over: str = "254:5") -> None:
    """The kernel shows an open device, after another one."""
    for entry, each, uuid in (("dm-0", "other", "LVM-x"), ("dm-1", name, identity)):
        folder = root / "sys/class/block" / entry
        (folder / "dm").mkdir(parents=True)
        (folder / "dm/name").write_text(f"{each}\n")
        (folder / "dm/uuid").write_text(f"{uuid}\n")
        (folder / "slaves/below").mkdir(parents=True)
        (folder / "slaves/below/dev").write_text(f"{over}\n")


@pytest.mark.parametrize(("discards", "flags"), [(True, FLAGS), (False, ())])
def test_open(luks: Cryptsetup, tool: Tool, discards: bool, flags: tuple[str, ...]) -> None:
    luks.open(DEVICE, name=NAME, passphrase=PASSPHRASE, discards=discards)
    assert tool.asked == [(*OPEN, *flags, "--key-file=-", DEVICE, NAME)]
    assert tool.inputs == [b"correct horse"]


@pytest.mark.parametrize("discards", [True, False])
def test_open_already(
    luks: Cryptsetup, tool: Tool, tmp_path: Path, discards: bool, always_discards: bool
) -> None:
    """A run that was killed between the opening and the writing of the flag is made whole."""
    mapped(tmp_path)
    luks.open(DEVICE, name=NAME, passphrase=PASSPHRASE, discards=discards)
    refresh = ("cryptsetup", "refresh", *FLAGS, "--key-file=-", NAME)
    assert tool.asked == ([refresh] if discards and not always_discards else [])


@pytest.mark.parametrize(
    ("identity", "over"),
    [(IDENTITY, "254:6"), ("LVM-abc", "254:5"), (f"CRYPT-LUKS2-{'0' * 32}-{NAME}", "254:5")],
)
@pytest.mark.usefixtures("always_discards")
def test_the_name_belongs_to_something_else(
    luks: Cryptsetup, tool: Tool, tmp_path: Path, identity: str, over: str
) -> None:
    mapped(tmp_path, identity=identity, over=over)
    with pytest.raises(InstallError, match=f"/dev/mapper/{NAME} is something else than {DEVICE}"):
        luks.open(DEVICE, name=NAME, passphrase=PASSPHRASE, discards=False)
    assert tool.asked == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (2, f"the passphrase does not open {DEVICE}"),
        (3, "too little memory"),
        (5, f"{DEVICE} is in use"),
    ],
)
def test_what_its_exit_status_means(luks: Cryptsetup, tool: Tool, status: int, words: str) -> None:
    tool.status = status
    with pytest.raises(InstallError, match=words) as caught:
        luks.open(DEVICE, name=NAME, passphrase=PASSPHRASE, discards=False)
    assert caught.value.device == DEVICE
    assert caught.value.tool_words == "its words"
    assert caught.value.way_out


def test_close(luks: Cryptsetup, tool: Tool, tmp_path: Path) -> None:
    luks.close(NAME)
    assert tool.asked == []
    mapped(tmp_path)
    luks.close(NAME)
    assert tool.asked == [("cryptsetup", "close", NAME)]
    assert tool.cleaning == [True], "a run that is to stop still closes"


@pytest.mark.parametrize(("status", "fails"), [(4, False), (5, True)])
def test_close_of_what_is_gone_or_in_use(
    luks: Cryptsetup, tool: Tool, tmp_path: Path, status: int, fails: bool
) -> None:
    mapped(tmp_path)
    tool.status = status
    if fails:
        with pytest.raises(InstallError, match=f"/dev/mapper/{NAME} is in use"):
            luks.close(NAME)
    else:
        luks.close(NAME)
