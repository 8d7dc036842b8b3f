"""What speaks against the release, on this machine and for these slots. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from installer.answers import LayoutKind
from installer.answers_software import HomeManager
from installer.contract import Contract, ImageKind, needs_verity
from installer.errors import Problem
from installer.hardware import Disk
from installer.image_requirements import tree_is_within
from installer.quantity import MIB, align_up, format_size
from installer.question import QuestionId
from installer.release import Release, roothash_name
from installer.release_place import release_place
from installer.settings_choice import DEFAULTS
from installer.signature import allow_words, unsigned
from installer.situation import Situation, disk_problem, release_problem
from installer.text import _
from installer.version import compare


def release_problems(situation: Situation, release: Release) -> Iterator[Problem]:
    """All of them."""
    answers, machine, contract = situation.answers, situation.machine, release.contract
    if release.signed_by is None and not answers.source.allow_unsigned:
        yield replace(_unsigned(release), question=QuestionId.WELCOME)
    yield from _older_problems(situation, release)
    yield from _memory_problems(situation, release)
    yield from _place_problems(situation)
    for architecture in sorted({release.architecture, contract.architecture}):
        if architecture != machine.architecture:
            yield release_problem(
                _("The release is for {release}, and this machine is {machine}.").format(
                    release=architecture, machine=machine.architecture
                ),
                _("Choose another release."),
            )
    yield from _contract_problems(situation, contract)
    yield from _verity_problems(situation, release)
    written = situation.recovery.written
    if written is not None and machine.secure_boot and not written.contract.secure_boot:
        yield disk_problem(
            _(
                "Secure Boot is on, and the kernel of {name}, which becomes Recovery, is not"
                " signed for it: it would not start."
            ).format(name=written.contract.name),
            _(
                "Switch Secure Boot off in the firmware, or install without Recovery (in an"
                " answers file: `recovery: false`)."
            ),
        )
    if situation.sizes.slot is not None:
        yield from _slot_problems(situation, release, situation.sizes.slot)


def _unsigned(release: Release) -> Problem:
    if release.slot is None:
        return unsigned(release.url)
    what = _("The image in {slot} was unsigned when it was written: nobody vouches for it.")
    return Problem(what=what.format(slot=release.slot.place.title), way_out=allow_words())


def _older_problems(situation: Situation, release: Release) -> Iterator[Problem]:
    installed, disk = situation.installed_version, situation.disk
    if installed is None or disk is None or situation.answers.source.allow_older:
        return
    if release.slot is not None:
        return  # it is what is there
    if compare(release.version, installed) < 0:
        yield release_problem(
            _(
                "The release has version {offered}, and {disk} has {installed}, which is newer."
            ).format(offered=release.version, disk=disk.name, installed=installed),
            _(
                "Choose a newer release. If the older one is meant, say so in an answers file:"
                " `allow_older: true` below `source`."
            ),
        )


def _memory_problems(situation: Situation, release: Release) -> Iterator[Problem]:
    """Of an image that has to be in memory before anything is lost: half of that takes files."""
    room, size = situation.machine.memory_bytes // 2, release.image.size_bytes
    if situation.resets and size > room:
        yield release_problem(
            _(
                "The image has to be in memory before anything is lost. It has {size}, and of this"
                " machine's memory {room} can be had for it."
            ).format(size=format_size(size), room=format_size(room)),
            _("Choose a smaller release, or install anew from a live medium."),
        )


def _place_problems(situation: Situation) -> Iterator[Problem]:
    """A release that would be wiped before it was read."""
    disk, source = situation.disk, situation.answers.source
    if disk is None:
        return
    contents = (disk.contents, *(each.contents for each in disk.partitions))
    held = {*disk.labels_above, *(each.label for each in contents if each is not None)}
    for url in (source.url, *source.mirrors):
        place, folder = release_place(url), _folder(url)
        if folder is not None and any(map(folder.is_relative_to, _mounted_at(disk))):
            yield disk_problem(
                _("The release is in {folder}, which is on {disk} itself.").format(
                    folder=folder, disk=disk.name
                ),
                _("Copy the release to another disk or stick, or install onto another disk."),
            )
        if place is not None and place.label is not None and place.label in held:
            yield disk_problem(
                _("The release is on the volume {label}, which is on {disk} itself.").format(
                    label=place.label, disk=disk.name
                ),
                _("Copy the release to another disk or stick, or install onto another disk."),
            )


def _folder(url: str) -> PurePosixPath | None:
    """The folder of this system that `url` names; None for a URL of another kind."""
    parts = urlsplit(url)
    return PurePosixPath(unquote(parts.path)) if parts.scheme == "file" else None


def _mounted_at(disk: Disk) -> tuple[str, ...]:
    """But for the root: below it are other disks too, and whoever stands on it is refused."""
    return tuple(place for place in disk.places if place != "/")


def _contract_problems(situation: Situation, contract: Contract) -> Iterator[Problem]:
    answers, machine = situation.answers, situation.machine
    another = _("Choose another release.")
    if contract.kind is not ImageKind.SYSTEM:
        yield release_problem(
            _("{name} is a live image, not a system.").format(name=contract.name), another
        )
    elif situation.layout is LayoutKind.PLAIN and not contract.command_lines.plain:
        yield release_problem(
            _("{name} cannot be started from a plain partition.").format(name=contract.name),
            another,
        )
    elif situation.layout is LayoutKind.ENCRYPTED and not contract.command_lines.encrypted:
        yield release_problem(
            _("{name} cannot be started from an encrypted disk.").format(name=contract.name),
            _("Choose another release, or do not encrypt the disk."),
        )
    if machine.secure_boot and not contract.secure_boot:
        yield release_problem(
            _(
                "Secure Boot is on, and the kernel of {name} is not signed for it: it would not"
                " start."
            ).format(name=contract.name),
            _("Switch Secure Boot off in the firmware, or choose another release."),
        )
    if answers.locale is not None and not has_locale(contract, answers.locale):
        yield Problem(
            what=_("{name} has no locale {locale}.").format(
                name=contract.name, locale=answers.locale
            ),
            way_out=_("Choose one of these: {names}.").format(
                names=", ".join((DEFAULTS.locale, *contract.locales))
            ),
            question=QuestionId.LANGUAGE,
        )
    insists = answers.software.home_manager in (HomeManager.DEFERRED, HomeManager.NOW)
    if insists and not contract.home_manager:
        yield release_problem(
            _("{name} does not set up homes by home-manager.").format(name=contract.name),
            _('Say `home_manager: "off"`, or choose another release.'),
        )
    if answers.software.flatpaks and not contract.flatpak:
        yield release_problem(
            _("{name} has no flatpak to install applications with.").format(name=contract.name),
            _("Leave out `flatpaks`, or choose another release."),
        )


def _verity_problems(situation: Situation, release: Release) -> Iterator[Problem]:
    """Where slots are to be started through a hash tree that is not there."""
    lines, verity = release.contract.command_lines, release.verity
    encrypted = situation.layout is LayoutKind.ENCRYPTED
    if not needs_verity(lines.encrypted if encrypted else lines.plain):
        return
    image = release.image.url.rpartition("/")[2]
    if verity is None:
        yield release_problem(
            _(
                "{name} is checked while it runs (dm-verity), and the release lacks what that is"
                " checked against: {file} beside {image}."
            ).format(name=release.contract.name, file=roothash_name(image), image=image),
            _("Choose another release, or tell whoever publishes this one."),
        )
    elif not tree_is_within(verity, release.image.size_bytes):
        yield release_problem(
            _(
                "{file} is of another image: by it the hashes of {image} begin at byte {offset},"
                " and that is {size} bytes long."
            ).format(
                file=roothash_name(image),
                image=image,
                offset=verity.hash_offset_bytes,
                size=release.image.size_bytes,
            ),
            _("Choose another release, or tell whoever publishes this one."),
        )


def has_locale(contract: Contract, locale: str) -> bool:
    """Whether the image has it."""
    return locale in (DEFAULTS.locale, *contract.locales)


def _slot_problems(situation: Situation, release: Release, slot: int) -> Iterator[Problem]:
    contract = release.contract
    minimum = contract.minimum_slot_bytes
    way_out = _("Leave `slot_size` out, or set it to at least {size}.").format(
        size=format_size(align_up(max(minimum, release.image.size_bytes), MIB))
    )
    # Volumes are made anew where nothing is kept, and are as large as there is room for;
    # partitions of a table that stays are as they are.
    may_grow = situation.layout is not LayoutKind.PLAIN and situation.answers.slot_size is not None
    if situation.keeps or (situation.table is not None and not may_grow):
        way_out = _(
            "Choose another release, or start the machine from a live medium and install without"
            " keeping anything."
        )
    if release.image.size_bytes > slot:
        yield Problem(
            what=_(
                "The image is too big for its slot by {lacking} MiB: it has {size}, the slot"
                " {slot}."
            ).format(
                lacking=align_up(release.image.size_bytes - slot, MIB) // MIB,
                size=format_size(release.image.size_bytes),
                slot=format_size(slot),
            ),
            way_out=way_out,
        )
    if slot < minimum:
        yield Problem(
            what=_(
                "The slots have {slot}, and {name} asks for at least {minimum}: {lacking} MiB more."
            ).format(
                slot=format_size(slot),
                name=contract.name,
                minimum=format_size(minimum),
                lacking=align_up(minimum - slot, MIB) // MIB,
            ),
            way_out=way_out,
        )
