"""Durations, rates and moments, as a person reads them."""

import time

from installer.quantity import format_size
from installer.text import _


def clock_time(seconds: float) -> str:
    """``0:07``, ``12:30``, ``1:02:03``; never below zero, whatever the clocks say."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def rate_words(bytes_per_second: float) -> str:
    """``92 MiB/s``."""
    return f"{format_size(int(bytes_per_second))}/s"


def clock_words(seconds: float) -> str:
    """A moment, in words that are true whichever way the clock has gone since."""
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds))
    return _("{when} UTC by the clock of then").format(when=when)
