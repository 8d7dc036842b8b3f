"""Plain mode that begins with an answers file: what is in it is not asked again."""

from collections.abc import Callable

from installer.answers import Answers
from installer.answers_file import read_incomplete
from screens.leave import Leave
from tests.ui.fake_session import FakeSession
from tests.ui.fake_store import HASH
from tests.unit.plain_terminal import AGREED, BLANK_DISK, NEW_PASSWORD, RESTART, talk

HALF = """\
version: 1
disk: {disk}
wipe: true
source:
  url: https://example.org/atomos
user:
  name: ada
"""
WHOLE = HALF.format(disk="{path: /dev/vda}") + f"  password_hash: {HASH}\n"
WRONG = "version: 1\nwipe: perhaps\n"


def reading(*texts: str) -> Callable[[], Answers]:
    """As from a file, which is another each time it is read; the last stays."""
    left = iter(texts)
    return lambda: read_incomplete(next(left, texts[-1]).encode(), "answers.yaml", None)


def test_a_whole_file_leaves_nothing_but_the_plan_to_agree_to() -> None:
    session = FakeSession()
    said, _leave = talk(session, *AGREED, *RESTART, read=reading(WHOLE))
    assert "Encrypt this disk" not in said
    ((answers, _plan),) = session.started
    assert answers.user is not None
    assert answers.user.password_hash is not None
    assert answers.user.password_hash.reveal() == HASH
    assert answers.source.url == "https://example.org/atomos"


def test_what_the_file_lacks_is_asked() -> None:
    session = FakeSession()
    talk(
        session,
        ("Full name, optional:", ""),
        ("Login name, for example ada [ada]:", ""),
        ("Host name [atomos]:", ""),
        *NEW_PASSWORD,
        *AGREED,
        *RESTART,
        read=reading(HALF.format(disk="{path: /dev/vda}")),
    )
    assert len(session.started) == 1


def test_a_disk_that_is_not_there_is_said_where_another_one_is_asked_for() -> None:
    said, _leave = talk(
        FakeSession(),
        *BLANK_DISK,
        ("Full name, optional:", "quit"),
        ("Enter to stay:", "yes"),
        read=reading(HALF.format(disk="{path: /dev/vdz}")),
    )
    heading, words = "Which disk shall AtomOS be on?", "! "
    assert f"{heading} {words}" in said
    assert "/dev/vdz" in said.split(heading)[1].split("Number of the disk")[0]


def test_a_wrong_file_is_told_with_places_and_read_again() -> None:
    session = FakeSession()
    said, _leave = talk(
        session,
        ("Number [1]:", "1"),
        *AGREED,
        *RESTART,
        read=reading(WRONG, WHOLE),
    )
    assert "The answers file cannot be used" in said
    assert "! answers.yaml:2:7:" in said
    assert len(session.started) == 1


def test_a_wrong_file_is_left_aside_when_that_is_said() -> None:
    said, leave = talk(
        FakeSession(),
        ("Number [1]:", "2"),
        ("Release [http", "quit"),
        ("Enter to stay:", "yes"),
        read=reading(WRONG),
    )
    assert said.count("The answers file cannot be used") == 1
    assert leave is Leave.SHELL
