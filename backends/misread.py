"""Where a device does not hold the image that was written, found by reading its source again."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from backends.addresses import file_name
from backends.difference import Comparison, not_as_written
from backends.paced import Paced
from backends.read_back import reading
from backends.source_failed import SourceFailed
from installer.errors import InstallError
from installer.quantity import format_size
from installer.release import ReleaseFile
from installer.text import _

OpenImage = Callable[[], AbstractContextManager[Iterator[bytes]]]
"""Opens an image; its pieces raise InstallError before their end when they are not it."""


def not_read_back(
    image: ReleaseFile, open_image: OpenImage, targets: tuple[str, ...], part: slice, tell: Paced
) -> InstallError:
    """What is wrong on the first of `targets` that is wrong within `part`, in bytes.

    All of the source is read: only its SHA-256 says that it still is what was written.
    """
    comparisons = {target: Comparison() for target in targets}
    count = 0
    try:
        with contextlib.ExitStack() as stack:
            pieces = stack.enter_context(open_image())
            devices = {each: stack.enter_context(reading(each)) for each in targets}
            for piece in pieces:
                skip = min(max(0, part.start - count), len(piece))
                expected, place = piece[skip : max(0, part.stop - count)], count + skip
                for target, comparison in comparisons.items():
                    if expected and not comparison.is_complete:
                        found = devices[target].at(place, len(expected))
                        comparison.add(place, found, expected)
                count += len(piece)
                tell.still()
    except SourceFailed as error:
        return _somewhere(image, targets[0], error.what)
    except InstallError as error:
        if error.device is not None:
            raise
        another = _("{file} is another one now").format(file=file_name(image.url))
        return _somewhere(image, targets[0], another)
    for target, comparison in comparisons.items():
        difference = comparison.difference()
        if difference is not None:
            return not_as_written(target, file_name(image.url), difference)
    return _read_wrongly_once(image, targets[0])


def _somewhere(image: ReleaseFile, target: str, reason: str) -> InstallError:
    return InstallError(
        _(
            "the first {size} of {target} ({bytes} bytes) do not read back as {file} was written;"
            " where, is not known: {reason}"
        ).format(
            size=format_size(image.size_bytes),
            target=target,
            bytes=image.size_bytes,
            file=file_name(image.url),
            reason=reason,
        ),
        device=target,
        way_out=_("The disk loses data. Try once more, and then use another disk."),
    )


def _read_wrongly_once(image: ReleaseFile, target: str) -> InstallError:
    return InstallError(
        _(
            "{target} did not read back as {file} was written, and did when it was read again"
        ).format(target=target, file=file_name(image.url)),
        device=target,
        way_out=_(
            "The memory, the cable or the disk is unreliable. Test the memory, then try again."
        ),
    )
