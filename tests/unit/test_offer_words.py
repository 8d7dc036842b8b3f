"""What is on offer, in words; and what the choice of a version says in the answers."""

import pytest

from installer.errors import InstallError, Problem, Refused
from installer.offer_words import offer_passages, older_words, version_line, why_no_offer
from installer.passage import Tone
from installer.release_offer import ReleaseOffer, VersionOffer

GONE = VersionOffer(version="2.0", size_bytes=None)
NEW = VersionOffer(version="1.10", size_bytes=690 << 20)
OLD = VersionOffer(version="1.9", size_bytes=5 << 30)
OFFER = ReleaseOffer(url="https://example.org/a", versions=(GONE, NEW, OLD))


def test_columns_stand_below_each_other() -> None:
    lines = [version_line(each, OFFER) for each in OFFER.versions]
    assert lines == [
        "2.0             its image is not there",
        "1.10             690 MiB  the newest",
        "1.9                5 GiB",
    ]


@pytest.mark.parametrize(
    ("chosen", "before", "said"),
    [(NEW, "", ""), (NEW, "1.9", ""), (NEW, "1.10", "1.10"), (OLD, "", "1.9"), (OLD, "2", "1.9")],
)
def test_the_newest_is_called_so_unless_it_was_named(
    chosen: VersionOffer, before: str, said: str
) -> None:
    assert OFFER.answer(chosen, before) == said


def test_an_unsigned_one_is_told_with_danger_and_every_doubt() -> None:
    doubtful = ReleaseOffer(url="x", versions=(NEW,), doubts=("One.", "Two.\x1b"))
    told = list(offer_passages(doubtful))
    assert told[1].tone is Tone.DANGER
    assert [each.text for each in told[2:]] == ["One.", "Two.?"]
    assert [each.ends for each in told] == [False, False, False, True]
    signed = list(offer_passages(ReleaseOffer(url="x", versions=(NEW,), signed_by="Ada")))
    assert [(each.text, each.tone) for each in signed[1:]] == [("Signed by Ada", Tone.GOOD)]


def test_older_ones_are_counted() -> None:
    assert older_words(OFFER) == ""
    assert older_words(ReleaseOffer(url="x", versions=(NEW,), older=4)).startswith("4 older")


def test_why_there_is_none_is_told_of_refusals_and_of_tools() -> None:
    problem = Problem(what="No.", way_out="Yes.")
    assert why_no_offer(Refused((problem,))) == (problem,)
    tool = InstallError("gpgv is missing", tool_words="no such file", way_out="Install it.")
    assert why_no_offer(tool) == (
        Problem(what="gpgv is missing. no such file", way_out="Install it."),
    )
