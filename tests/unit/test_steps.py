"""Where somebody is among the steps, and what a jump to a finished one keeps."""

from dataclasses import replace

import pytest

from installer.answers import Keep, LayoutKind
from installer.draft import Draft
from installer.flow import asked, is_settled
from installer.hardware import Firmware, Machine, Partition
from installer.question import QuestionId
from installer.secret import Secret
from installer.steps import StepState, steps_at
from installer.walk import Walk, place_of
from tests.unit import samples
from tests.unit.test_flow import BEFORE, FILLED, FRESH


@pytest.mark.parametrize("id", FRESH)
def test_marks_agree_with_the_line_that_says_where_one_is(id: QuestionId) -> None:
    steps = steps_at(id, FILLED)
    states = [step.state for step in steps.all]
    here = states.index(StepState.HERE)
    assert place_of(id, FILLED).startswith(f"Step {here + 1} of {len(states)}:")
    assert states == (
        [StepState.DONE] * here + [StepState.HERE] + [StepState.TO_COME] * (len(states) - here - 1)
    )
    assert [question.id for question in steps.finished] == [*BEFORE, *FRESH[:here]]


def test_before_it_is_clear_what_is_installed_there_are_no_steps() -> None:
    assert steps_at(QuestionId.LANGUAGE, FILLED).all == ()
    assert steps_at(QuestionId.LANGUAGE, FILLED).finished == ()
    assert steps_at(QuestionId.UNFINISHED, FILLED).all == ()


@pytest.mark.parametrize("to", [*BEFORE, *FRESH[:-1]])
def test_after_a_jump_one_comes_back_to_where_one_was(to: QuestionId) -> None:
    for place, id in enumerate(FRESH):
        if to not in BEFORE and FRESH.index(to) >= place:
            continue
        walk = Walk(draft=FILLED, asked=id).gone_back(to)
        assert walk.asked is to
        assert walk.draft.answers() == FILLED.answers()
        assert walk.following is id
        between = {step.question.id: step.state for step in steps_at(to, walk.draft).all}
        assert all(between[each] is StepState.DONE for each in FRESH[:place] if each in between
                   and each is not to)  # fmt: skip


def test_a_jump_is_no_other_answer() -> None:
    """A run that failed goes on, whatever was looked at in between."""
    walk = Walk(draft=FILLED, asked=QuestionId.SUMMARY, goes_on=True)
    walk = walk.gone_back(QuestionId.USER)
    assert walk.took(walk.draft).goes_on
    assert not walk.took(replace(walk.draft, host_name="another")).goes_on


def test_what_an_answer_makes_wrong_is_asked_again() -> None:
    walk = Walk(draft=replace(FILLED, encrypt=False), asked=QuestionId.SUMMARY)
    walk = walk.gone_back(QuestionId.DISK)
    walk = walk.took(replace(walk.draft, encrypt=True, passphrase=Secret("")))
    assert walk.following is QuestionId.PASSPHRASE


def test_another_disk_asks_anew_what_was_about_the_one_before() -> None:
    at = machine()
    kept = at.disks[0]
    before = replace(FILLED, keep=Keep.DATA_AND_VAR).on(kept, at)
    before = replace(before, keep=Keep.DATA_AND_VAR, disk_passphrase=Secret("old"))
    assert [each.id for each in asked(before)][-3:] == [
        QuestionId.KEEP,
        QuestionId.UNLOCK,
        QuestionId.SUMMARY,
    ]
    walk = Walk(draft=before, asked=QuestionId.SUMMARY).gone_back(QuestionId.DISK)
    assert walk.following is QuestionId.SUMMARY
    assert walk.took(walk.draft.on(kept, at)).following is QuestionId.SUMMARY, "the same disk"
    other = replace(kept, path="/dev/vdb")
    moved = walk.took(walk.draft.on(other, at))
    assert moved.following is QuestionId.KEEP
    assert moved.draft.keep is Keep.DATA


def test_a_copy_of_the_header_on_the_disk_that_is_erased_is_asked_for_again() -> None:
    at = machine()
    stick = replace(
        at.disks[0],
        path="/dev/sdc",
        partitions=(Partition(path="/dev/sdc1", number=1, start_bytes=0, size_bytes=1),),
    )
    draft = replace(FILLED, header_backup="/dev/sdc1")
    walk = Walk(draft=draft, asked=QuestionId.SUMMARY).gone_back(QuestionId.DISK)
    assert is_settled(QuestionId.RECOVERY_KEY, walk.draft.on(replace(stick, partitions=()), at))
    moved = walk.took(walk.draft.on(stick, at))
    assert moved.following is QuestionId.RECOVERY_KEY
    assert moved.draft.header_backup == ""


def machine() -> Machine:
    return Machine(
        architecture="x86-64",
        firmware=Firmware.UEFI,
        secure_boot=False,
        memory_bytes=4 << 30,
        disks=(samples.installed(LayoutKind.ENCRYPTED),),
    )


def test_one_step_back_is_as_it_was() -> None:
    walk = Walk(draft=FILLED, asked=QuestionId.DISK)
    assert walk.gone_back().asked is QuestionId.RELEASE
    assert walk.gone_back().draft == FILLED
    first = Walk(draft=Draft(), asked=QuestionId.LANGUAGE)
    assert first.gone_back() == first
