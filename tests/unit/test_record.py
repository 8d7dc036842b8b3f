"""How what came over a serial line is cut into the frames of an animated picture."""

import json

import pytest

from tests.vm import record
from tests.vm.record import Film, settled, time_lapse


def test_what_comes_without_a_pause_is_one_frame_for_as_long_as_the_pause_after_it() -> None:
    parts = [(10.0, "a"), (10.1, "b"), (11.1, "c"), (11.5, "d")]
    frames = settled(parts)
    assert [text for _, text in frames] == ["ab", "c", "d"]
    seconds = [seconds for seconds, _ in frames]
    assert seconds == pytest.approx([1.0, record.SHORTEST_SECONDS, record.LONGEST_SECONDS])


def test_nobody_waits_for_a_slow_machine() -> None:
    assert settled([(0.0, "a"), (60.0, "b")])[0] == (record.LONGEST_SECONDS, "a")


@pytest.mark.parametrize("count", [0, 1, 39, 40, 41, 1234])
def test_a_run_is_so_many_frames_and_nothing_of_it_is_lost(count: int) -> None:
    parts = [(float(number), f"{number} ") for number in range(count)]
    frames = time_lapse(parts)
    assert len(frames) <= record.RUN_FRAMES
    assert "".join(text for _, text in frames) == "".join(text for _, text in parts)


def test_frames_follow_each_other_in_an_asciicast() -> None:
    film = Film()
    film.write("a question")
    film.the_run_begins()
    film.write("a run")
    header, *frames = [json.loads(line) for line in film.asciicast().splitlines()]
    assert (header["width"], header["height"]) == (80, 24)
    assert frames == [[0.0, "o", "a question"], [record.LONGEST_SECONDS, "o", "a run"]]
