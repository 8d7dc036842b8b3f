"""An installed system, and a release that is newer; a test changes the one thing it is about."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

from installer.answers import LayoutKind, Source
from installer.boot_state import BootState, SlotState
from installer.contract import CommandLines, Contract
from installer.errors import InstallError, Refused
from installer.hardware import Contents, Disk, Machine
from installer.kept_table import found_table
from installer.layout import Role
from installer.operations.boot import WriteMenu
from installer.quantity import MIB
from installer.release import Release, ReleaseFile, Verity
from installer.secret import Secret
from installer.slot_records import ImageRecord, SlotRecord
from installer.upkeep.notes import LastLook, Notes, Result
from installer.upkeep.policy import Action, UpdatePolicy
from installer.upkeep.running import Running
from installer.upkeep.system import Level, RecoveryFound, SlotFound, System, Writing
from installer.upkeep.wish import Wish
from tests.unit import samples

GOOD = SlotState(good=True)
PASSPHRASE = Secret("to be, or not to be")
STATE = BootState(a=GOOD)
"""A runs and was marked good; nobody has ever started B."""
LUKS_UUID = samples.IDENTIFIERS.luks_uuid
VERITY = CommandLines(
    plain="root=/dev/mapper/root ro roothash={verity.root_hash} data={slot.device}"
    " options=hash-offset={verity.hash_offset},panic quiet",
    encrypted="root=/dev/mapper/root ro roothash={verity.root_hash} data={slot.device}"
    " options=hash-offset={verity.hash_offset},panic rd.luks.name={luks.uuid}=atomos",
    keymap="rd.vconsole.keymap={keymap}",
)
MENU_OWN = ("console=tty0", "console=ttyS0,115200", "mitigations=auto")


def disk(layout: LayoutKind = LayoutKind.PLAIN) -> Disk:
    """As it was installed, with the container's UUID where there is one."""
    found = samples.installed(layout)
    luks = Contents(kind="crypto_LUKS", uuid=LUKS_UUID)
    parts = tuple(
        dataclasses.replace(part, contents=luks) if part.label == Role.LUKS.value else part
        for part in found.partitions
    )
    return dataclasses.replace(found, partitions=parts)


def machine(layout: LayoutKind = LayoutKind.PLAIN, **changes: object) -> Machine:
    """It, started from its own disk."""
    return samples.machine(disk(layout), **{"medium": None, **changes})


def menu(layout: LayoutKind = LayoutKind.PLAIN, **changes: object) -> str:
    """The start menu that the installer writes."""
    plain = layout is LayoutKind.PLAIN
    wanted = samples.answers if plain else samples.encrypted
    plan = samples.plan(
        wanted=wanted(keymap="de", kernel_arguments=("mitigations=auto",)),
        at=samples.machine(serial_console="ttyS0,115200"),
        of=samples.release(**changes),
    )
    (text,) = (each.menu for each in plan.operations if isinstance(each, WriteMenu))
    return text


def running(slot: str = "a", layout: LayoutKind = LayoutKind.PLAIN) -> Running:
    """What runs."""
    return Running(
        slot=slot,
        disk=disk(layout),
        table=found_table(disk(layout)),
        luks_uuid=None if layout is LayoutKind.PLAIN else LUKS_UUID,
    )


def from_recovery(
    layout: LayoutKind = LayoutKind.PLAIN, *, is_locked: bool = False, **changes: object
) -> System:
    """The same while Recovery runs; the slot that is kept is by the state."""
    found = system(layout, **changes)
    from_there = dataclasses.replace(found.running, is_recovery=True, is_locked=is_locked)
    return dataclasses.replace(found, running=from_there.keeping(found.state))


def locked() -> System:
    """To Recovery, an encrypted disk that nobody has opened."""
    fault = "encrypted, and locked: `atomos unlock` opens it"
    a, b = (
        dataclasses.replace(slot(name), contract=None, record=None, fault=fault) for name in "ab"
    )
    return from_recovery(
        LayoutKind.ENCRYPTED, is_locked=True, a=a, b=b, state=BootState(a=GOOD, b=GOOD)
    )


def slot(name: str, contract: Contract | None = None, **changes: object) -> SlotFound:
    """A slot with the image that was installed."""
    base = SlotFound(
        name=name,
        device=f"/dev/vda{'45'['ab'.index(name)]}",
        size_bytes=2048 * MIB,
        contract=contract or samples.contract(),
        record=SlotRecord(version="0.1.0", signed_by="Releases (ABC)"),
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def system(layout: LayoutKind = LayoutKind.PLAIN, **changes: object) -> System:
    """Root A runs, both slots hold what was installed, all is well."""
    base = System(
        running=running(layout=layout),
        state=STATE,
        blocks_valid=(True, True),
        menu=menu(layout),
        a=slot("a"),
        b=slot("b"),
        recovery=RecoveryFound(contract=samples.live_contract()),
        boot_free_bytes=800 * MIB,
        kernel_bytes=60 * MIB,
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def downloaded(**changes: object) -> System:
    """The same when 0.2.0 came into Root B, and waits for a word."""
    image = ImageRecord(
        size_bytes=700 * MIB,
        sha256="d" * 64,
        verity=Verity(root_hash="f" * 64, hash_offset_bytes=690 * MIB),
    )
    b = slot(
        "b",
        samples.contract(version="0.2.0", command_lines=VERITY),
        record=SlotRecord(version="0.2.0", signed_by="Releases (ABC)", image=image),
        contract_sha256="e" * 64,
    )
    look = LastLook(
        at="2026-11-29T12:00:00+00:00", result=Result.DOWNLOADED, version="0.2.0", slot="b"
    )
    notes = Notes(policy=UpdatePolicy(policy=Action.DOWNLOAD), look=look)
    state = BootState(a=GOOD, b=SlotState(tries=0))
    return dataclasses.replace(system(b=b, state=state, notes=notes), **changes)  # type: ignore[arg-type]


def newer(version: str = "0.2.0", **changes: object) -> Release:
    """A signed release after that."""
    base = samples.release(
        version=version,
        contract=samples.contract(version=version, command_lines=VERITY),
        image=ReleaseFile(
            url=f"http://10.0.2.2/r/atomos_{version}_x86-64.squashfs",
            size_bytes=700 * MIB,
            sha256="d" * 64,
        ),
        contract_sha256="e" * 64,
        verity=Verity(root_hash="f" * 64, hash_offset_bytes=690 * MIB),
        signed_by="Releases (ABC)",
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def wish(**changes: object) -> Wish:
    """The newest release of an address."""
    base = Wish(source=Source(url="http://10.0.2.2/r"))
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


@dataclass(kw_only=True)
class FakeSystems:
    """A SystemSource, and the StateWriter, ResetWriter and Unlocker that go with it."""

    now: System = field(default_factory=system)
    boot_fails: InstallError | None = None
    passphrase: Secret = PASSPHRASE

    def unlock(self, partition: str, passphrase: Secret) -> None:
        assert partition == "/dev/vda5"
        if passphrase != self.passphrase:
            raise Refused.because(f"The passphrase does not open {partition}.", "Try again.")
        running = dataclasses.replace(self.now.running, is_locked=False)
        self.now = dataclasses.replace(self.now, running=running)

    def ask(self, level: Level, *, boot: str, source: str | None = None) -> None:
        if self.boot_fails is not None:
            raise self.boot_fails
        assert boot == "/dev/vda3"
        self.now = dataclasses.replace(self.now, reset=level)

    def forget(self, *, boot: str) -> None:
        assert boot == "/dev/vda3"
        self.now = dataclasses.replace(self.now, reset=None)

    def look(self, *, writing: Writing | None = None) -> System:
        return self.now

    def change(self, *, boot: str, change: Callable[[BootState], BootState]) -> None:
        assert boot == "/dev/vda3"
        self.now = dataclasses.replace(self.now, state=change(self.now.state))
