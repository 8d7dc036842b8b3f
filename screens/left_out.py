"""Importing a library without a part of it that takes time or memory and is not used here."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from types import ModuleType

_ONE_AT_A_TIME = Lock()


@contextmanager
def missing(module: str) -> Iterator[None]:
    """What is imported meanwhile does not find `module`, and does without it, as it can."""
    with _ONE_AT_A_TIME:
        if module in sys.modules:
            yield
            return
        # An import of what is None there raises ImportError (the language reference, 5.3.1).
        sys.modules[module] = None  # type: ignore[assignment]
        try:
            yield
        finally:
            del sys.modules[module]


def load_asyncio() -> None:
    """asyncio without OpenSSL, which takes 5 ms and 3 MiB, for connections that no screen makes."""
    with missing("ssl"):
        importlib.import_module("asyncio")


def load_hashes() -> None:
    """hashlib with Python's own SHA-256 in the place of OpenSSL's, which takes 3 MiB.

    Here it is for the digest of a plan. What hashes an image is another process, with OpenSSL's.
    """
    with missing("_hashlib"):
        importlib.import_module("hashlib")
        # Compares in constant time by Python's own means as well.
        importlib.import_module("hmac")


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
