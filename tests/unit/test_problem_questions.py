"""Where a person at the screens changes what is wrong, and in whose words it is told."""

import re
from collections.abc import Callable

import pytest

from installer.answers import DiskChoice, FirmwareWish, Source
from installer.draft import Draft
from installer.errors import Problem, Refused
from installer.quantity import GIB
from installer.question import QuestionId
from installer.release import Release
from installer.release_offer import ReleaseOffer
from installer.release_search import find_release
from tests.unit.samples import DISK, answers, machine
from tests.unit.test_problems import disk, partition, problems


@pytest.mark.parametrize(
    ("found", "question"),
    [
        (lambda: problems(answers(disk=DiskChoice(path="/dev/vdz"))), QuestionId.DISK),
        (lambda: problems(answers(disk=DiskChoice(serial="x"))), QuestionId.DISK),
        (lambda: problems(at=machine(disk(read_only=True))), QuestionId.DISK),
        (lambda: problems(at=machine(disk(size_bytes=9 * GIB))), QuestionId.DISK),
        (lambda: problems(at=machine(disk(held=True))), QuestionId.DISK),
        (
            lambda: problems(at=machine(disk(partitions=(partition(label="atomos-a"),)))),
            QuestionId.DISK,
        ),
        (
            lambda: problems(
                at=machine(
                    DISK,
                    disk(
                        path="/dev/vdb", partitions=(partition("/dev/vdb1", label="atomos-data"),)
                    ),
                )
            ),
            QuestionId.DISK,
        ),
        (lambda: problems(at=machine(architecture="arm64")), QuestionId.WELCOME),
        (lambda: problems(answers(source=Source(url="http://10.0.2.2/r"))), QuestionId.WELCOME),
        (lambda: problems(at=machine(root=False)), None),
        (lambda: problems(answers(firmware=FirmwareWish.BIOS)), None),
        (lambda: problems(answers(user=None)), QuestionId.USER),
        (lambda: problems(answers(locale="xx")), QuestionId.LANGUAGE),
    ],
)
def test_a_problem_names_the_question_where_an_answer_changes_it(
    found: Callable[[], tuple[Problem, ...]], question: QuestionId | None
) -> None:
    assert [each.question for each in found()] == [question]


def test_problems_of_the_release_concern_the_first_question() -> None:
    class Gone:
        def find(self, source: Source, architecture: str) -> Release:
            raise Refused.because("404.", "Look.")

        def offer(self, source: Source, architecture: str) -> ReleaseOffer:
            raise NotImplementedError

    found = find_release(Gone(), answers(), "x86-64")
    assert isinstance(found, Refused)
    assert [each.question for each in found.problems] == [QuestionId.WELCOME]


def test_no_way_out_speaks_of_a_file_to_a_person_who_wrote_none() -> None:
    """What a draft of the screens can run into: a key of the file stands in brackets at most."""
    wanted = Draft(source_url="http://10.0.2.2/r", disk_path="/dev/vda", user_name="ada").answers()
    held = disk(size_bytes=9 * GIB, partitions=(partition(label="atomos-a"),), held=True)
    found = problems(wanted, machine(held, architecture="arm64"), unattended=False)
    assert len(found) == 6
    for problem in found:
        assert "`" not in problem.what
        assert "`" not in re.sub(r" \(in an answers file: [^)]*\)", "", problem.way_out)
