"""What a release directory has on offer, in words for a person. Pure."""

from collections.abc import Iterator
from typing import Final

from installer.errors import InstallError, Problem, Refused
from installer.passage import Passage, Tone
from installer.printable import printable
from installer.quantity import format_size
from installer.release_offer import ReleaseOffer, VersionOffer
from installer.text import N_, _

WAIT_FOR_OFFER: Final = N_("Looking at what is on offer there. This may take a minute ...")
BACK_TO_ADDRESS: Final = N_("Change the address")
LOOK_ONCE_MORE: Final = N_("Look again")


def offer_passages(offer: ReleaseOffer) -> Iterator[Passage]:
    """Where it is, and who vouches for it."""
    yield Passage(text=printable(offer.url), tone=Tone.STRONG)
    if offer.signed_by is not None:
        who = _("Signed by {who}").format(who=printable(offer.signed_by))
        yield Passage(text=who, tone=Tone.GOOD, ends=True)
        return
    words = _("! UNSIGNED: nobody who is trusted vouches for it. It is taken, as you have agreed.")
    yield Passage(text=words, tone=Tone.DANGER, ends=not offer.doubts)
    for place, doubt in enumerate(offer.doubts, start=1):
        yield Passage(text=printable(doubt), under=True, ends=place == len(offer.doubts))


def version_line(each: VersionOffer, offer: ReleaseOffer) -> str:
    """One of the versions, with the size of its image."""
    columns = [f"{printable(each.version):<14}"]
    if each.size_bytes is None:
        columns.append(_("its image is not there"))
    else:
        columns.append(f"{format_size(each.size_bytes):>8}")
    if each is offer.newest:
        columns.append(_("the newest"))
    return "  ".join(columns)


def older_words(offer: ReleaseOffer) -> str:
    """That there are more; empty where there are not."""
    if not offer.older:
        return ""
    words = _("{count} older ones too: an answers file can name one (`version` below `source`).")
    return words.format(count=offer.older)


def why_no_offer(error: InstallError) -> tuple[Problem, ...]:
    """What to tell of a look that came to nothing."""
    if isinstance(error, Refused):
        return error.problems
    what = f"{error.what}. {error.tool_words}".strip()
    return (Problem(what=what, way_out=error.way_out),)
