"""What speaks against installing over an AtomOS, and against keeping what is on it. Pure."""

from collections.abc import Iterator

from installer.answers import LayoutKind
from installer.disk_fitness import holds_atomos
from installer.errors import Problem
from installer.hardware import Disk
from installer.installation import Installation
from installer.kept_table import table_faults
from installer.layout import Role, smallest_luks
from installer.quantity import MIB, align_up
from installer.question import QuestionId
from installer.situation import Situation, disk_problem
from installer.text import _


def table_problems(situation: Situation, disk: Disk) -> Iterator[Problem]:
    """Of the disk as an AtomOS that is there already."""
    if holds_atomos(disk):
        if not situation.answers.reinstall and not situation.resumption.is_half_made:
            yield _consent_problem(situation, disk)
    elif situation.keeps:
        yield disk_problem(
            _("{disk} holds no AtomOS whose data could be kept.").format(disk=disk.name),
            _("Choose the disk that has it, or keep nothing (in an answers file: no `keep`)."),
        )
        return
    if not situation.stays:
        return
    if situation.table is None:
        yield _other_table(situation, disk)
    else:
        yield from _layout_problems(situation, disk)
        yield from _container_problems(situation, disk)


def health_problems(situation: Situation) -> Iterator[Problem]:
    """Of the file system that is kept, but for an installation that is gone on with: what it began
    to do to the disk is better brought to its end, and the plan says so (`plan_notices`)."""
    installation = situation.installation
    if installation is not None and situation.resumption.unfinished is None:
        yield from error_problems(installation)


def error_problems(installation: Installation) -> Iterator[Problem]:
    """Why nothing is to be written to a file system that has had errors."""
    if installation.errors:
        yield Problem(
            what=_("The file system on {device} has had errors: {counts}.").format(
                device=installation.data, counts=installation.errors
            ),
            way_out=_(
                "Save what matters. When `btrfs scrub` in the installed system finds no more,"
                " `btrfs device stats --reset` there forgets them."
            ),
        )


def account_problems(situation: Situation) -> Iterator[Problem]:
    """Somebody must be able to log in, and an account that is kept is not made."""
    user, installation = situation.answers.user, situation.installation
    if user is None and not situation.keeps:
        yield Problem(
            what=_("There is no account to log in with."),
            way_out=_("Name the first one (in an answers file: `user`)."),
            question=QuestionId.USER,
        )
    if installation is None:
        return
    if user is None and not installation.accounts:
        yield Problem(
            what=_("No account is on the disk that could be kept, and none is to be made."),
            way_out=_("Name the first one (in an answers file: `user`)."),
            question=QuestionId.USER,
        )
    if user is not None and user.name in installation.accounts:
        yield Problem(
            what=_("The account {name} is on the disk already, and is kept as it is.").format(
                name=user.name
            ),
            way_out=_(
                "Choose another login name, or make no account (in an answers file: no `user`)."
            ),
            question=QuestionId.USER,
        )


def layout_name(layout: LayoutKind) -> str:
    """What a person calls a layout."""
    return {LayoutKind.PLAIN: _("plain"), LayoutKind.ENCRYPTED: _("encrypted")}[layout]


def _consent_problem(situation: Situation, disk: Disk) -> Problem:
    way_out = _(
        "To install over it and lose everything on it, choose it once more (in an answers"
        " file: `reinstall: true`)."
    )
    if situation.keeps:
        way_out = _(
            "To install over it and keep your data, choose it once more (in an answers file:"
            " `reinstall: true`)."
        )
    return disk_problem(_("{disk} already holds AtomOS.").format(disk=disk.name), way_out)


def _other_table(situation: Situation, disk: Disk) -> Problem:
    what = _("{disk} has another layout than AtomOS makes: {faults}.").format(
        disk=disk.name, faults="; ".join(table_faults(disk))
    )
    if situation.keeps:
        way_out = _("Save your data by other means, then install without keeping them.")
        return Problem(what=what, way_out=way_out, question=QuestionId.KEEP)
    return disk_problem(
        what, _("Start the machine from a live medium, which may cut the disk anew.")
    )


def _layout_problems(situation: Situation, disk: Disk) -> Iterator[Problem]:
    if not situation.asks_for_other_layout:
        return
    wished, found = situation.answers.layout, situation.layout
    names = {"wished": layout_name(wished), "found": layout_name(found), "disk": disk.name}
    what = _(
        "The answers ask for the {wished} layout. {disk} has the {found} one, which stays: this"
        " live system came from its Recovery."
    )
    way_out = _(
        "Choose the {found} layout, or start the machine from a live medium, which may cut the"
        " disk anew."
    )
    if situation.keeps:
        what = _(
            "The answers ask for the {wished} layout. {disk} has the {found} one, which stays,"
            " since data on it are kept."
        )
        way_out = _("Choose the {found} layout, or keep nothing.")
    yield Problem(
        what=what.format(**names),
        way_out=way_out.format(**names),
        question=QuestionId.PASSPHRASE,
    )


def _container_problems(situation: Situation, disk: Disk) -> Iterator[Problem]:
    """Where a container is made anew inside a partition that stays, all has to fit into it."""
    if situation.keeps or situation.layout is LayoutKind.PLAIN or situation.table is None:
        return
    part, slot = situation.table.part(Role.LUKS), situation.sizes.slot
    lacking = smallest_luks(slot or 0) - part.size_bytes
    if lacking > 0:
        yield disk_problem(
            _("{label} on {disk} is too small by {lacking} MiB for two slots and data.").format(
                label=part.label, disk=disk.name, lacking=align_up(lacking, MIB) // MIB
            ),
            _("Start the machine from a live medium, which may cut the disk anew."),
        )
