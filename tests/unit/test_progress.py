"""When progress is told, and at which rate."""

from installer.progress import INTERVAL_SECONDS, WINDOW_SECONDS, Meter, share


def test_a_part_is_put_into_its_place_in_the_whole() -> None:
    told: list[tuple[int, int]] = []
    part = share(lambda done, total: told.append((done, total)), before=100, factor=2, whole=300)
    part(0, 100)
    part(100, 100)
    assert told == [(100, 300), (300, 300)]


def test_events_have_their_distance_but_the_last_one_comes_at_once() -> None:
    now = 0.0
    meter = Meter(lambda: now)
    assert meter.rate_if_due(0, 100) == 0.0
    now = INTERVAL_SECONDS / 2
    assert meter.rate_if_due(10, 100) is None
    assert meter.rate_if_due(100, 100) is not None


def test_the_rate_is_that_of_the_last_seconds() -> None:
    now = 0.0
    meter = Meter(lambda: now)
    done = 0
    for speed, seconds in ((1000, 20), (10, 20)):
        for _ in range(seconds):
            rate = meter.rate_if_due(done, 1_000_000)
            now += 1.0
            done += speed
    assert rate == 10.0
    assert WINDOW_SECONDS < 20


def test_a_part_that_begins_again_has_no_negative_rate() -> None:
    now = 0.0
    meter = Meter(lambda: now)
    meter.rate_if_due(500, 1000)
    now = 1.0
    assert meter.rate_if_due(0, 1000) == 0.0
