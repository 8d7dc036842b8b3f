"""The scenario ``boot-state``: GRUB itself, on whatever the two blocks may hold."""

import re
from collections import Counter
from pathlib import Path
from typing import Final

from installer.boot_state import RECOVERY, SIZE, BootState
from installer.grub_menu import menu
from installer.grub_state import STATE_FILES
from tests.vm import grub_disk
from tests.vm.block_contents import MISSING, Content, random_state
from tests.vm.boot_cases import Blocks, Case, random_case
from tests.vm.grub_disk import GrubDisk
from tests.vm.machine import Firmware, Hardware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial

CASES: Final = 1000
AT_ONCE: Final = 50
"""Cases in one start of GRUB, which is slower with each line of configuration that it has read."""
WITHIN: Final = 240.0
"""Seconds for whatever GRUB does next; the cases of one start took 7, an entry after another 10."""
IDS: Final = {"a": "root-a", "b": "root-b", RECOVERY: "recovery"}
NUMBERS: Final = {"a": "0", "b": "1", RECOVERY: "2"}
TITLES: Final = {"a": "Root A", "b": "Root B", RECOVERY: "Recovery"}
KERNELS: Final = {"a": "/a/vmlinuz", "b": "/b/vmlinuz", RECOVERY: "/live/vmlinuz"}
MENU: Final = "grub/grub.cfg"
DRIVER: Final = """\
serial --unit=0 --speed=115200
terminal_output serial
set driver_boot="$root"
for driver_case in {cases}; do
  set root="$driver_boot"
  source "($driver_boot)/driver/$driver_case/menu.cfg"
  echo "case $driver_case $root $prefix $timeout $default [$fallback]"
  if [ "$default" = root-a ]; then atomos_take a; fi
  if [ "$default" = root-b ]; then atomos_take b; fi
done
set default={last}
set fallback=
set timeout=0
echo "all cases seen"
"""


def boot_state(stage: Stage) -> None:
    """Whatever they hold: the menu comes up, its default is the model's, everything is there."""
    rng = stage.dice()
    disk = grub_disk.make(stage.folder)
    by_chance(stage, disk, [random_case(rng, number) for number in range(CASES)])
    valid, garbage = random_state(rng).to_block(), rng.randbytes(SIZE)
    used_up = BootState().begun("a").begun("a").begun("a").begun("b").begun("b").begun("b")
    b_was_good = used_up.good("b").begun("b").begun("b").begun("b")
    for number, case in enumerate(
        (
            Case("no blocks", Blocks(MISSING, MISSING), has_recovery=True),
            Case("empty blocks", Blocks(b"", b""), has_recovery=False),
            Case("random blocks", Blocks(rng.randbytes(SIZE), garbage), has_recovery=True),
            Case("a random one and a valid one", Blocks(garbage, valid), has_recovery=True),
            Case("a valid one and none", Blocks(valid, MISSING), has_recovery=False),
            Case(
                "no tries left", Blocks(used_up.to_block(), used_up.to_block()), has_recovery=True
            ),
            Case(
                "no tries left, B was good", Blocks(b"", b_was_good.to_block()), has_recovery=False
            ),
        )
    ):
        a_real_start(stage, disk, case, patient=number == 0)


def by_chance(stage: Stage, disk: GrubDisk, cases: list[Case]) -> None:
    """GRUB reads the menu with the files of each, says what it chose, and takes a try of that."""
    with disk.boot() as top:
        for case in cases:
            write_case(top / "driver" / case.name, case)
    for start in range(0, len(cases), AT_ONCE):
        go_through(stage, disk, cases[start : start + AT_ONCE])
    said = (stage.folder / "serial.log").read_text(errors="replace")
    told = dict(re.findall(r"case (\S+) ([^\r\n]*)", said))
    with disk.boot() as top:
        for case in cases:
            folder, blocks = top / "driver" / case.name, case.blocks
            expect(told.get(case.name), in_words(case), f"what GRUB says of {case.name}", blocks)
            after = Blocks(*(content_of(folder / file) for file in STATE_FILES))
            expected = blocks.started(case.sequence[0])
            expect(after, expected, f"what {case.name} has in the end", blocks)
    chosen = Counter(TITLES[case.sequence[0]] for case in cases)
    valid = Counter(case.blocks.valid for case in cases)
    by_itself = ", ".join(f"{title} {chosen[title]}" for title in TITLES.values())
    stage.say(f"{len(cases)} contents, both valid in {valid[2]}, one in {valid[1]}: {by_itself}")


def write_case(folder: Path, case: Case) -> None:
    """The real menu, with the paths of the two blocks replaced; and the blocks."""
    (folder / "grub").mkdir(parents=True)
    put_blocks(folder, case.blocks)
    # Without the lines that show it on the screen too, which take as long as all of the others.
    text = menu_text(has_recovery=case.has_recovery, serial_console=None)
    for file in STATE_FILES:
        assert text.count(f"/{file}") == 1, "the menu names each block once"
        text = text.replace(f"/{file}", f"/driver/{case.name}/{file}")
    word = "set atomos_reset=atomos.reset=settings" if case.resets else "unset atomos_reset"
    (folder / "menu.cfg").write_text(f"{word}\n{text}")


def go_through(stage: Stage, disk: GrubDisk, cases: list[Case]) -> None:
    """One start of GRUB with all of these. The last one has to have Recovery."""
    names = " ".join(case.name for case in cases)
    *others, last_case = cases
    last = sum(len(entries(case)) for case in others) + entries(last_case).index(IDS[RECOVERY])
    with disk.boot() as top:
        (top / MENU).write_text(DRIVER.format(cases=names, last=last))
    with VirtualMachine(hardware(disk, stage), stage.folder) as machine:
        machine.serial.wait_for("all cases seen", within=WITHIN, what="the last case")
        # That one is the last Recovery only when every menu has added all of its own.
        went_for(machine.serial, RECOVERY)


def entries(case: Case) -> list[str]:
    """What its menu has, from the top."""
    text = menu_text(has_recovery=case.has_recovery)
    return re.findall(r"^(?:menuentry|submenu) .* --id=(\S+)", text, re.MULTILINE)


def in_words(case: Case) -> str:
    """What the driver has to say of a case: that nothing of GRUB's own was changed, too."""
    first, *others = case.sequence
    numbers = " ".join(NUMBERS[each] for each in others)
    timeout = 0 if case.resets else 5
    return f"hd0,gpt2 (memdisk)/grub {timeout} {IDS[first]} [{numbers}]"


def a_real_start(stage: Stage, disk: GrubDisk, case: Case, *, patient: bool) -> None:
    """The unmodified menu; nothing that it starts is there, so GRUB says what it went for.

    `patient`: no key is pressed until all that starts by itself has been tried.
    """
    with disk.boot() as top:
        (top / MENU).write_text(menu_text(has_recovery=case.has_recovery))
        put_blocks(top, case.blocks)
    stage.say(f"{case.name}, {'with' if case.has_recovery else 'without'} Recovery")
    sequence = case.sequence
    by_hand = sorted(sequence)
    with VirtualMachine(hardware(disk, stage), stage.folder) as machine:
        serial = machine.serial
        by_itself(serial, sequence[0])
        for name in sequence[1:]:
            if not patient:
                press_any_key(serial)
            serial.wait_for(f"Falling back to `{TITLES[name]}'", within=WITHIN, what=TITLES[name])
            went_for(serial, name)
        press_any_key(serial)
        serial.wait_for("Failed to boot both", within=WITHIN, what="the end of the chain")
        for name in by_hand:
            press_any_key(serial)
            serial.wait_for(TITLES[by_hand[-1]], within=WITHIN, what="the menu again")
            serial.type(name[0])
            went_for(serial, name)
    stage.say(f"by itself {', then '.join(sequence)}; by hand {', '.join(by_hand)}")
    with disk.boot() as top:
        found = Blocks(*(content_of(top / file) for file in STATE_FILES))
    expected = case.blocks.started(*sequence, *by_hand)
    expect(found, expected, "what the blocks hold", case.blocks)


def by_itself(serial: Serial, name: str) -> None:
    """Wait for the countdown with that entry chosen, and for GRUB to go for it; press nothing."""
    title = re.escape(TITLES[name])
    serial.wait_for(rf"\*{title} ", within=WITHIN, what=f"the menu with {title} chosen")
    serial.wait_for(r"executed automatically in \d", within=WITHIN, what="the countdown")
    serial.wait_for(rf"Booting `{title}'", within=WITHIN, what=f"the start of {title}")
    went_for(serial, name)


def went_for(serial: Serial, name: str) -> None:
    """GRUB names the kernel that is not there, and waits ten seconds for a key to be pressed."""
    missing = rf"error: file `{KERNELS[name]}' not found"
    serial.wait_for(missing, within=WITHIN, what=f"GRUB's word that {KERNELS[name]} is missing")


def press_any_key(serial: Serial) -> None:
    """Spare the ten seconds after which GRUB goes on by itself."""
    serial.wait_for("Press any key to continue", within=WITHIN, what="the question for a key")
    serial.type("\r")


def menu_text(*, has_recovery: bool, serial_console: str | None = "ttyS0,115200") -> str:
    """The menu as the installer writes it."""
    recovery = grub_disk.RECOVERY if has_recovery else None
    return menu(a="quiet", b="quiet", recovery=recovery, serial_console=serial_console)


def put_blocks(folder: Path, blocks: Blocks) -> None:
    """Write both files, or take them away."""
    for file, content in zip(STATE_FILES, (blocks.one, blocks.two), strict=True):
        (folder / file).unlink(missing_ok=True)
        if content is not MISSING:
            (folder / file).write_bytes(content)


def content_of(file: Path) -> Content:
    """What it holds."""
    return file.read_bytes() if file.exists() else MISSING


def hardware(disk: GrubDisk, stage: Stage) -> Hardware:
    """A BIOS machine that has nothing but the disk."""
    return Hardware(
        firmware=Firmware.BIOS,
        drives=(disk.drive,),
        variables=stage.folder / "variables",
        memory_mib=512,
    )


def expect(found: object, expected: object, what: str, case: Blocks) -> None:
    """Raises AssertionError with the case, so that it can be had again."""
    assert found == expected, f"{what}: {found!r}, not {expected!r}; the blocks were {case!r}"
