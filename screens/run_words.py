"""How far a run is, in words: the step, its bytes, rate and time left."""

from typing import Final

from installer.durations import clock_time, rate_words
from installer.printable import printable
from installer.quantity import format_size
from installer.text import _
from screens.run_picture import RunPicture, StepPicture

QUIET_SECONDS: Final = 10.0
"""After so long without an event one is told: a bar that stands still looks like a hang."""


def step_words(picture: RunPicture) -> str:
    """The step in work."""
    current = picture.current
    if current is None:
        return _("Between two steps")
    return numbered(picture, current)


def numbered(picture: RunPicture, each: StepPicture) -> str:
    """A step, and which of how many it is."""
    return _("Step {number} of {count}: {sentence}").format(
        number=picture.steps.index(each) + 1,
        count=len(picture.steps),
        sentence=printable(each.step.sentence),
    )


def so_far(picture: RunPicture, now: float) -> str:
    """How long it has been running; `now` is in seconds since the epoch."""
    since = clock_time(now - (picture.started or now))
    return _("{time} so far").format(time=since)


def pace(picture: RunPicture, now: float) -> str:
    """Bytes, rate and time left where the step tells them; else that it works, and since when."""
    current = picture.current
    parts = [] if current is None else _bytes_done(current)
    quiet = now - (picture.heard or now)
    if quiet >= QUIET_SECONDS:
        # The rate of a minute ago is no rate.
        parts.append(_("nothing new for {time}, still running").format(time=clock_time(quiet)))
    elif current is None:
        parts.append(_("working"))
    elif not current.total_bytes or (not current.rate and current.done_bytes < current.total_bytes):
        parts.append(_("working for {time}").format(time=clock_time(now - current.started)))
    elif current.seconds_left is None:
        parts.append(_("finishing"))
    else:
        parts.append(rate_words(current.rate))
        parts.append(_("about {time} left").format(time=clock_time(current.seconds_left)))
    return ", ".join(parts)


def _bytes_done(current: StepPicture) -> list[str]:
    if not current.total_bytes:
        return []
    done, total = format_size(current.done_bytes), format_size(current.total_bytes)
    return [_("{done} of {total}").format(done=done, total=total)]
