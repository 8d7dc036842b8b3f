"""Importing a library without a part of it that takes memory and is not used here."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from types import ModuleType

_ONE_AT_A_TIME = Lock()


@contextmanager
def left_out(module: str, **instead: object) -> Iterator[None]:
    """What is imported meanwhile finds `instead` in the place of `module`, and keeps it.

    Nothing is left out where the library is there already. Whoever imports `module` afterwards has
    the real one.
    """
    with _ONE_AT_A_TIME:
        if module.partition(".")[0] in sys.modules:
            yield
            return
        stand_in = ModuleType(module)
        vars(stand_in).update(instead)
        sys.modules[module] = stand_in
        try:
            yield
        finally:
            del sys.modules[module]
