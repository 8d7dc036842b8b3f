"""The image that was downloaded into the spare slot, as a release that nobody has to reach. Pure.

Away from the network it can be made the next one all the same: it was held to a signed release when
it came, and what it is known by stands at the head of the start menu (docs/update.md).
"""

from dataclasses import replace

from installer.answers import SLOT
from installer.errors import Refused
from installer.release import Release, ReleaseFile
from installer.text import _
from installer.upkeep.status import title
from installer.upkeep.system import System
from installer.upkeep.wish import Wish


def kept_wish(wish: Wish, system: System) -> Wish | None:
    """What `wish` asks for, of that image; None where there is none that it could mean."""
    found = system.spare
    if wish.image is not None or wish.recovery or not system.downloaded():
        return None
    if found.contract is None or found.record is None or found.record.image is None:
        return None
    if wish.source.version not in (None, found.contract.version):
        return None
    return replace(wish, kept=True)


def kept_release(system: System) -> Release:
    """That image. Raises Refused where it is not known what it has to be."""
    found = system.spare
    record, contract = found.record, found.contract
    if contract is None or record is None or record.image is None:
        raise Refused.because(
            _("{name} holds nothing of which it was written down what it is.").format(
                name=title(found.name)
            ),
            _("Try again where the release can be reached."),
        )
    known = record.image
    return Release(
        url=SLOT,
        version=contract.version,
        architecture=contract.architecture,
        image=ReleaseFile(
            url=f"{SLOT}{found.name}",
            size_bytes=known.size_bytes,
            sha256=known.sha256,
            verity=known.verity,
        ),
        contract=contract,
        contract_sha256=found.contract_sha256,
        verity=known.verity,
        signed_by=record.signed_by,
    )


def kept_notice(system: System, release: Release) -> str:
    """What is told of it."""
    text = _(
        "The release cannot be reached: the image that was downloaded into {name} is taken. No"
        " signature is looked at; it has to be what it was when it came, signed by {who}."
    )
    if release.signed_by is None:
        text = _(
            "The release cannot be reached: the image that was downloaded into {name} is taken. It"
            " has to be what it was when it came, and nobody has vouched for it."
        )
    return text.format(name=title(system.spare.name), who=release.signed_by)
