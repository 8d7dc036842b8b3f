"""Where Recovery's bytes come from (DESIGN §2): the running medium, the release, or nowhere."""

from dataclasses import dataclass

from installer.answers import Answers
from installer.contract import Contract
from installer.hardware import Machine
from installer.release import Release, ReleaseFile
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class RecoveryChoice:
    """The live image that becomes Recovery."""

    image: ReleaseFile
    contract: Contract
    medium: str | None
    """The device to copy it from; None: it is fetched from the release."""


def choose_recovery(
    answers: Answers, machine: Machine, release: Release
) -> tuple[RecoveryChoice | None, str | None]:
    """The choice, or None with a notice when the answers want a Recovery that cannot be had.

    The medium is taken when its length is that of the release's live image; whether its bytes are
    too is found out while they are copied.
    """
    if not answers.recovery:
        return None, None
    if release.live is None or release.live_contract is None:
        return None, _(
            "There will be no Recovery: the release at {url} has no live image to make it of."
        ).format(url=release.url)
    medium = machine.medium
    whole = medium is not None and medium.length_bytes == release.live.size_bytes
    choice = RecoveryChoice(
        image=release.live,
        contract=release.live_contract,
        medium=medium.device if medium is not None and whole else None,
    )
    return choice, None
