"""NVRAM entries, by a stand-in for efibootmgr that behaves as versions 17 and 18 print."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from backends.boot_entries import BootEntries, boot_entries, boot_order
from backends.runner import Completed, Runner
from installer.errors import ToolFailed
from installer.machinery import EspPart

OWN = "11111111-2222-4333-8444-555555555555"
ATTACHED = "22222222-2222-4333-8444-555555555555"
GONE = "33333333-2222-4333-8444-555555555555"


def path_17(guid: str) -> str:
    return f"HD(2,GPT,{guid.upper()},0x1000,0x100000)/File(\\EFI\\atomos\\shimx64.efi)"


def path_18(guid: str) -> str:
    return f"HD(2,GPT,{guid},0x1000,0x100000)/\\EFI\\atomos\\shimx64.efi"


PRINTED = "\n".join(
    (
        "BootCurrent: 0001",
        "Timeout: 0 seconds",
        "BootOrder: 0001,0002,0003,0004",
        f"Boot0001* AtomOS\t{path_17(OWN)}",
        f"Boot0002* AtomOS\t{path_18(ATTACHED)}",
        f"Boot0003  AtomOS\t{path_18(GONE)}",
        f"Boot000A* debian\t{path_18(GONE)}",
        "Boot0005* AtomOS\tPciRoot(0x0)/Pci(0x2,0x0)/MAC(525400123456,1)",
    )
)


class Tools(Runner):
    """Answers for the tools, and keeps what they were asked."""

    def __init__(self, *, create_fails: str = "") -> None:
        super().__init__()
        self.asked: list[tuple[str, ...]] = []
        self._create_fails = create_fails

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
        if "--create" in argv and self._create_fails:
            raise ToolFailed(tuple(argv), "ended with status 9", self._create_fails)
        printed = {
            "sfdisk": f"{OWN.upper()}\n",
            "lsblk": f"\n{OWN}\n{ATTACHED}\n",
            "efibootmgr": PRINTED,
        }
        return Completed(stdout=printed[argv[0]], stderr="", returncode=0)

    @property
    def deleted(self) -> list[str]:
        return [argv[3] for argv in self.asked if "--delete-bootnum" in argv]


@pytest.fixture
def efivars(tmp_path: Path) -> Path:
    (tmp_path / "BootOrder-8be4df61").write_bytes(b"")
    return tmp_path


ESP = EspPart(device="/dev/vda2", disk="/dev/vda", number=2, guid=OWN.upper())


class Firmware(Tools):
    """Whose entries change by what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.order = ["0001", "0002"]
        self.made: list[str] = []

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
        if "--create-only" in argv:
            label, loader = argv[argv.index("--label") + 1], argv[argv.index("--loader") + 1]
            self.made.append(f"Boot0009* {label}\tHD({argv[6]},GPT,{OWN},0x1,0x1)/{loader}")
        if "--bootorder" in argv:
            self.order = argv[-1].split(",")
        lines = (f"BootOrder: {','.join(self.order)}", *PRINTED.splitlines()[3:], *self.made)
        return Completed(stdout="\n".join(lines), stderr="", returncode=0)


def beside(tools: Runner, efivars: Path) -> str | None:
    return BootEntries(tools, efivars=efivars).register_beside(
        ESP, label="AtomOS (previous)", loader=r"\EFI\x.efi", after="AtomOS"
    )


def test_an_entry_comes_right_after_another_and_once(efivars: Path) -> None:
    firmware = Firmware()
    assert beside(firmware, efivars) is None
    assert firmware.order == ["0001", "0009", "0002"]
    assert beside(firmware, efivars) is None
    assert firmware.order == ["0001", "0009", "0002"]
    assert len(firmware.made) == 1
    assert firmware.made[0].endswith(r"\EFI\x.efi")


def test_an_entry_without_a_place_gets_one_and_without_the_first_the_last(efivars: Path) -> None:
    firmware = Firmware()
    firmware.order = ["0002"]
    assert beside(firmware, efivars) is None
    assert firmware.order == ["0002", "0009"]
    firmware.order = ["0001"]
    assert beside(firmware, efivars) is None
    assert firmware.order == ["0001", "0009"]
    assert len(firmware.made) == 1


def test_a_firmware_that_takes_no_second_entry_is_told(tmp_path: Path) -> None:
    reason = beside(Firmware(), tmp_path / "none")
    assert reason is not None
    assert "not started by UEFI" in reason


def test_the_order_as_it_is_printed() -> None:
    assert boot_order(PRINTED) == ("0001", "0002", "0003", "0004")
    assert boot_order("Boot0001* AtomOS\n") == ()


def register(tools: Runner, efivars: Path) -> str | None:
    entries = BootEntries(tools, efivars=efivars)
    return entries.register(disk="/dev/vda", partition_number=2, label="AtomOS")


def test_entries_of_both_versions() -> None:
    found = [(each.number, each.label, each.partition) for each in boot_entries(PRINTED)]
    assert found == [
        ("0001", "AtomOS", OWN),
        ("0002", "AtomOS", ATTACHED),
        ("0003", "AtomOS", GONE),
        ("000A", "debian", GONE),
        ("0005", "AtomOS", None),
    ]


def test_its_own_stale_entries_go_and_all_others_stay(efivars: Path) -> None:
    tools = Tools()
    assert register(tools, efivars) is None
    assert tools.deleted == ["0001", "0003", "0005"]
    create = tools.asked[-1]
    assert create[create.index("--disk") + 1] == "/dev/vda"
    assert create[create.index("--part") + 1] == "2"
    assert create[create.index("--loader") + 1] == r"\EFI\atomos\shimx64.efi"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Could not prepare Boot variable: No space left on device", "no room left"),
        ("Could not prepare Boot variable: Read-only file system", "are read-only"),
        ("first\nsomething else", "ended with status 9: something else"),
    ],
)
def test_a_firmware_that_does_not_take_it(efivars: Path, words: str, told: str) -> None:
    reason = register(Tools(create_fails=words), efivars)
    assert reason is not None
    assert told in reason


def test_no_variables(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing"):
        tools = Tools()
        reason = register(tools, place)
        assert reason is not None
        assert "not started by UEFI" in reason
        assert tools.asked == []
