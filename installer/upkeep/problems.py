"""What speaks against writing a release into the slot that does not run. Pure."""

from collections.abc import Iterable, Iterator

from installer.contract import Contract, ImageKind, needs_verity
from installer.errors import Problem, Refused
from installer.hardware import Disk, Machine
from installer.image_requirements import tree_is_within
from installer.layout import Role
from installer.quantity import format_size
from installer.release import Release, roothash_name
from installer.text import _
from installer.upkeep.running import Running, container
from installer.upkeep.status import title
from installer.upkeep.system import System
from installer.upkeep.wish import Wish
from installer.version import compare


def system_problems(
    system: System, machine: Machine, *, brings_kernel: bool = True
) -> Iterator[Problem]:
    """What of the system is in the way, whatever the release.

    `brings_kernel`: whether /boot has to have room for one.
    """
    running = system.running
    boot = running.path(Role.BOOT)
    if not all(system.blocks_valid) or not system.menu:
        yield Problem(
            what=_("The boot state or the start menu on {device} is missing or damaged.").format(
                device=boot
            ),
            way_out=_(
                "The boot state is made anew when the system has been up for a minute; a menu that"
                " is lost is written by an installation that keeps your data."
            ),
        )
    elif running.is_recovery:
        yield from unfinished_problems(system)
    else:
        yield from _unproved(system)
    if running.disk.read_only:
        yield Problem(
            what=_("{disk} cannot be written to.").format(disk=running.disk.name),
            way_out=_("Look for a write-protect switch, and at what the kernel says (dmesg)."),
        )
    yield from _boot_problems(system, boot, brings_kernel=brings_kernel)
    if not machine.root:
        yield Problem(
            what=_("Writing a slot needs the rights of root."), way_out=_("Start it with sudo.")
        )
    if machine.missing_tools:
        yield Problem(
            what=_("This system lacks {tools}.").format(tools=", ".join(machine.missing_tools)),
            way_out=_("Its image was made without them: do it from Recovery, by installing anew."),
        )


def _unproved(system: System) -> Iterator[Problem]:
    """While the other slot is written, what runs is all that is left: it has to have come up."""
    running, state = system.running, system.state
    if state.started == running.slot:
        yield Problem(
            what=_("{name} is not known yet to have come up well this time.").format(
                name=title(running.slot)
            ),
            way_out=_(
                "Wait until it has been up for a minute. If that is long ago, look at `systemctl"
                " is-system-running` and `systemctl status atomos-mark-good`."
            ),
        )
    elif not state.slot(running.slot).good:
        yield Problem(
            what=_("{name}, which runs, is not known good, and would be all that is left.").format(
                name=title(running.slot)
            ),
            way_out=_("Wait until it has been up for a minute, then try again."),
        )


def spare_problems(system: System) -> Iterator[Problem]:
    """Whoever writes the slot that does not run has to have it alone."""
    spare = system.spare
    if spare.uses:
        yield Problem(
            what=_("{name}, which would be written, is in use: {device} {use}.").format(
                name=title(spare.name), device=spare.device, use=", ".join(spare.uses)
            ),
            way_out=_("Unmount it, and end what else uses it."),
        )


def unfinished_problems(system: System) -> Iterator[Problem]:
    """Of Recovery, which goes on with what was begun onto the disk: until then no slot is what it
    is said to be. A slot that runs is; what it was begun with is taken up after it."""
    if system.running.is_recovery and system.is_unfinished:
        yield unfinished_problem(system.running.disk.name)


def unfinished_problem(disk: str) -> Problem:
    """What was asked for is what is gone on with, and the image that is kept for it may be the only
    one."""
    return Problem(
        what=_("An installation onto {disk}, or a reset, is not at its end.").format(disk=disk),
        way_out=_("Go on with it, or start it over, in the installer: `exit` leads there."),
    )


def refuse_unfinished(system: System) -> None:
    """Raises Refused likewise."""
    problems = tuple(unfinished_problems(system))
    if problems:
        raise Refused(problems)


def locked_problem(system: System) -> Problem:
    """Recovery was started by nobody's passphrase."""
    return Problem(
        what=_("The slots are in {device}, which is encrypted and locked.").format(
            device=container(system.running)
        ),
        way_out=_("Open it first: `atomos unlock`."),
    )


def uses_of(disk: Disk, device: str) -> tuple[str, ...]:
    """What a partition of the disk is used for now."""
    return next((each.uses for each in disk.partitions if each.path == device), ())


def boot_use_problems(running: Running) -> Iterator[Problem]:
    """Whoever writes the boot partition has to have it alone."""
    boot = running.path(Role.BOOT)
    uses = uses_of(running.disk, boot)
    if uses:
        yield Problem(
            what=_("The boot partition is in use: {device} {use}.").format(
                device=boot, use=", ".join(uses)
            ),
            way_out=_("Unmount it, so that all that is written there is on the disk at its end."),
        )


def _boot_problems(system: System, boot: str, *, brings_kernel: bool) -> Iterator[Problem]:
    yield from boot_use_problems(system.running)
    if brings_kernel and system.boot_free_bytes < system.kernel_bytes:
        yield Problem(
            what=_(
                "There are {free} left on /boot, and a new kernel needs {needed} beside the old"
                " one."
            ).format(
                free=format_size(system.boot_free_bytes), needed=format_size(system.kernel_bytes)
            ),
            way_out=_("Mount {device} and remove what AtomOS did not put there.").format(
                device=boot
            ),
        )


def release_problems(
    wish: Wish, release: Release, system: System, machine: Machine
) -> Iterator[Problem]:
    """What of the release is in the way, on this system."""
    contract, spare = release.contract, system.spare
    yield from unsigned_problems(wish, release)
    yield from _version_problems(wish, release, system)
    yield from architecture_problems(
        sorted({release.architecture, contract.architecture}), machine.architecture
    )
    if contract.kind is not ImageKind.SYSTEM:
        yield Problem(
            what=_("{name} is a live image, not a system.").format(name=contract.name),
            way_out=_("Choose another release."),
        )
    else:
        yield from _start_problems(release, system, machine)
    if release.image.size_bytes > spare.size_bytes:
        yield Problem(
            what=_("The image has {size}, and {name} has room for {room}.").format(
                size=format_size(release.image.size_bytes),
                name=title(spare.name),
                room=format_size(spare.size_bytes),
            ),
            way_out=_(
                "Choose a smaller image. Larger slots are made by an installation, from Recovery or"
                " a live medium."
            ),
        )


def unsigned_problems(wish: Wish, release: Release) -> Iterator[Problem]:
    """Nobody vouches for it, and that was not allowed."""
    if release.signed_by is None and not wish.source.allow_unsigned:
        yield Problem(
            what=_("{url} is unsigned: nobody vouches for it.").format(url=release.url),
            way_out=_("If you trust it all the same, say so: `--allow-unsigned`."),
        )


def signature_problems(contract: Contract, machine: Machine) -> Iterator[Problem]:
    """The firmware would not start its kernel."""
    if machine.secure_boot and not contract.secure_boot:
        yield Problem(
            what=_(
                "Secure Boot is on, and the kernel of {name} is not signed for it: it would not"
                " start."
            ).format(name=contract.name),
            way_out=_("Switch Secure Boot off in the firmware, or choose another release."),
        )


def architecture_problems(found: Iterable[str], machine: str) -> Iterator[Problem]:
    """It is for another kind of machine."""
    for architecture in found:
        if architecture != machine:
            yield Problem(
                what=_("The release is for {release}, and this machine is {machine}.").format(
                    release=architecture, machine=machine
                ),
                way_out=_("Choose another release."),
            )


def _version_problems(wish: Wish, release: Release, system: System) -> Iterator[Problem]:
    runs = system.runs.contract
    if wish.any_version or runs is None or compare(release.version, runs.version) >= 0:
        return
    what = _("The release has version {offered}, and {installed} runs, which is newer.")
    if system.running.is_recovery:
        what = _("The release has version {offered}, and {name} has {installed}, which is newer.")
    yield Problem(
        what=what.format(
            offered=release.version, installed=runs.version, name=title(system.running.slot)
        ),
        way_out=_("Old versions have known holes. If this one is meant, say so: `--older`."),
    )


def _start_problems(release: Release, system: System, machine: Machine) -> Iterator[Problem]:
    contract, another = release.contract, _("Choose another release.")
    encrypted = system.running.luks_uuid is not None
    template = contract.command_lines.encrypted if encrypted else contract.command_lines.plain
    if not template:
        what = _("{name} cannot be started from a plain partition.")
        if encrypted:
            what = _("{name} cannot be started from an encrypted disk.")
        yield Problem(what=what.format(name=contract.name), way_out=another)
    yield from signature_problems(contract, machine)
    image = release.image.url.rpartition("/")[2]
    verity = release.verity
    if needs_verity(template) and (
        verity is None or not tree_is_within(verity, release.image.size_bytes)
    ):
        yield Problem(
            what=_(
                "{name} is checked while it runs (dm-verity), and what that is checked against is"
                " not there or of another image: {file} beside {image}."
            ).format(name=contract.name, file=roothash_name(image), image=image),
            way_out=_("Make it with the image (docs/boot.md), or choose another release."),
        )


def here_already(wish: Wish, release: Release, system: System) -> Problem | None:
    """Why nothing is to be done, where the release is no other than what is there. To write it all
    the same would cost the version before, which one can go back to."""
    if wish.any_version or not is_there_already(release, system):
        return None
    return Problem(
        what=_("{name} {version} is here already; nothing is to be done.").format(
            name=release.contract.name, version=release.version
        ),
        way_out=_("If it is to be written all the same, say so: `atomos update --older`."),
    )


def is_there_already(release: Release, system: System) -> bool:
    """Whether nothing is to be done: that version runs, or waits for its start."""
    running = system.running
    # To Recovery a slot that does not start is not there.
    held = [system.runs] if not running.is_recovery or system.after_once == running.slot else []
    if system.after_once == system.spare.name and system.is_whole(system.spare.name):
        held.append(system.spare)
    versions = [each.contract.version for each in held if each.contract is not None]
    return any(compare(release.version, each) == 0 for each in versions)
