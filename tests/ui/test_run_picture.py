"""What events amount to, and how it is put into words; no screen needed."""

from installer.durations import clock_time, rate_words
from installer.events import Event, OperationStarted, OutputLine, Progress, RunFinished, RunStarted
from installer.quantity import MIB
from screens.run_lines import RunLog
from screens.run_picture import RunPicture, StepState
from screens.run_words import pace
from tests.ui.fake_session import STARTED, UNSIGNED, failed_run, half_a_run, run_started, whole_run


def picture(*events: Event) -> RunPicture:
    drawn = RunPicture()
    for event in events:
        drawn = drawn.after(event)
    return drawn


def test_half_a_run() -> None:
    drawn = picture(*half_a_run())
    assert drawn.done_count == 6
    assert drawn.current is not None
    assert drawn.current.step.id == "slot-a"
    assert drawn.current.seconds_left == (690 - 412) / 52
    assert drawn.notices == (UNSIGNED,)
    assert 0.15 < drawn.share < 0.30
    assert drawn.heard == STARTED + 20


def test_what_has_just_begun_is_not_finishing() -> None:
    """The first word of a step that writes has no rate yet."""
    begun = Progress(
        time=STARTED + 21, id="slot-a", done_bytes=4 * MIB, total_bytes=700 * MIB, rate=0
    )
    said = pace(picture(*half_a_run(), begun), STARTED + 21)
    assert "finishing" not in said
    assert said.startswith("4 MiB of 700 MiB, working for ")


def test_the_bar_never_goes_back_and_ends_full() -> None:
    shares = []
    drawn = RunPicture()
    for event in whole_run():
        drawn = drawn.after(event)
        shares.append(drawn.share)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert isinstance(drawn.end, RunFinished)


def test_a_failed_run_marks_its_step() -> None:
    drawn = picture(*failed_run())
    states = {each.step.id: each.state for each in drawn.steps}
    assert states["slot-a"] is StepState.FAILED
    assert states["data"] is StepState.DONE
    assert states["slot-b"] is StepState.WAITING
    assert drawn.current is None


def test_a_second_run_begins_anew() -> None:
    drawn = picture(*failed_run(), run_started(STARTED + 100))
    assert drawn.done_count == 0
    assert drawn.end is None
    assert drawn.started == STARTED + 100


def test_of_two_steps_at_once_the_longer_is_told_and_unknown_steps_do_no_harm() -> None:
    drawn = picture(
        run_started(),
        OperationStarted(time=STARTED, id="esp"),
        OperationStarted(time=STARTED, id="slot-a"),
        Progress(time=STARTED, id="slot-a", done_bytes=1, total_bytes=9 * MIB, rate=0.0),
        Progress(time=STARTED, id="unheard-of", done_bytes=1, total_bytes=2, rate=1.0),
    )
    assert drawn.current is not None
    assert drawn.current.step.id == "slot-a"
    assert drawn.current.seconds_left is None, "without a rate there is no time left to tell"
    assert drawn.sentence_of("unheard-of") == "unheard-of"


def test_a_run_without_steps_has_no_share() -> None:
    assert picture(RunStarted(time=0.0, disk="x", steps=())).share == 0.0


def test_the_log_gives_what_is_new_and_forgets_the_oldest() -> None:
    log = RunLog()
    for number in range(2500):
        event = OutputLine(time=0.0, tool="dd", line=f"line {number}")
        log.add(event.tool, event.line)
    lines, seen = log.since(0)
    assert len(lines) == 2000
    assert lines[0] == "dd: line 500"
    assert seen == 2500
    assert log.since(seen) == ([], 2500)
    log.add("dd", "last")
    assert log.since(seen) == (["dd: last"], 2501)


def test_durations_and_rates() -> None:
    assert clock_time(7.9) == "0:07"
    assert clock_time(750) == "12:30"
    assert clock_time(3723) == "1:02:03"
    assert clock_time(-5) == "0:00"
    assert rate_words(92.4 * MIB) == "92.4 MiB/s"
