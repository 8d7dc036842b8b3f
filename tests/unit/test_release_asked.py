"""What one process is told about a release by another one: the same that it would have found."""

import pickle

import pytest

from installer.answers import Source
from installer.errors import InstallError, Problem, Refused, ToolFailed
from installer.question import QuestionId
from installer.release_asked import AskedRelease, heard, told
from installer.signature import Unsigned
from tests.unit import samples
from tests.unit.fake_world import FakeReleases

SOURCE = Source(url="https://example.org/atomos")
PROBLEM = Problem(what="It is not there.", way_out="Look again.", question=QuestionId.WELCOME)


def asked(*, all_versions: bool = False) -> bytes:
    return AskedRelease(
        source=SOURCE, architecture="x86-64", all_versions=all_versions, language="en"
    ).to_bytes()


def test_the_release_arrives() -> None:
    release = samples.release(signed_by="Releases (ABC)")
    assert heard(told(FakeReleases(found=release), asked())) == release


def test_a_refusal_is_raised_with_all_its_problems() -> None:
    with pytest.raises(Unsigned) as refusal:
        heard(told(FakeReleases(found=Unsigned((PROBLEM,))), asked()))
    assert refusal.value.problems == (PROBLEM,)
    assert refusal.value.what == PROBLEM.what


@pytest.mark.parametrize(
    "error",
    [
        InstallError("It broke.", device="/dev/vda", tool_words="EIO", way_out="Another disk."),
        ToolFailed(("mkfs.ext4", "/dev/vda1"), "ended with status 1", "no space"),
        Refused((PROBLEM, PROBLEM)),
    ],
    ids=["install-error", "tool-failed", "refused"],
)
def test_an_error_survives_being_sent(error: InstallError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert str(again) == str(error)
