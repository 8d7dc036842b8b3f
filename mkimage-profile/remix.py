"""Make a remix into a release: ``./dev remix DIR`` (docs/remix.md)."""

import argparse
import errno
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parent
sys.path[:0] = [str(HERE), str(HERE / "debian"), str(SOURCE)]

from build import TEST_KEY  # noqa: E402
from installer.errors import AnswersInvalid, ExitCode, InstallError  # noqa: E402
from layers import CACHE, StepFailed, is_full, one_build_at_a_time  # noqa: E402
from remix_build import (  # noqa: E402
    check_contract,
    check_packages,
    make,
    open_shell,
    read_folder,
    record_ids,
)
from remix_file import Machines  # noqa: E402
from stoppable import stoppable  # noqa: E402


def main() -> int:
    """Command line; see ExitCode."""
    arguments = _parser().parse_args()
    with stoppable():
        return _told_how_it_ends(arguments)


def _told_how_it_ends(arguments: argparse.Namespace) -> int:
    try:
        return _carry_out(arguments)
    except AnswersInvalid as invalid:
        print(invalid, file=sys.stderr)
        return ExitCode.ANSWERS
    except StepFailed as failed:
        print(_told(failed, arguments), file=sys.stderr)
        return ExitCode.FAILED
    except (InstallError, ValueError) as error:
        way_out = error.way_out if isinstance(error, InstallError) else ""
        print(f"{str(error).rstrip('.')}. {way_out}".strip(), file=sys.stderr)
        return ExitCode.REFUSED
    except (OSError, subprocess.CalledProcessError) as error:
        told = isinstance(error, OSError) and error.errno == errno.ENOSPC
        at = Path(str(error.filename)) if isinstance(error, OSError) and error.filename else None
        print(_full(arguments, at) if told or is_full() else error, file=sys.stderr)
        return ExitCode.FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev remix")
    parser.add_argument("folder", type=Path, help="with remix.yaml, files/ and steps/")
    parser.add_argument(
        "release", type=Path, nargs="?", help="where the release goes; build/remix/NAME by default"
    )
    parser.add_argument("--live", action="store_true", help="with a live ISO, to install it from")
    parser.add_argument(
        "--key", type=Path, action="append", help="secret key that signs it; may be many"
    )
    parser.add_argument("--shell", metavar="STEP", help="a shell where that step begins")
    parser.add_argument(
        "--ids", action="store_true", help="write the ids of its accounts down, into FOLDER/ids"
    )
    parser.add_argument("--anew", action="store_true", help="make all steps but the base's again")
    parser.add_argument(
        "--check",
        action="store_true",
        help="read the folder, ask the archive for its packages, build nothing",
    )
    return parser


def _carry_out(arguments: argparse.Namespace) -> int:
    if not (arguments.folder / "remix.yaml").is_file():
        raise InstallError(f"{arguments.folder} has no remix.yaml", way_out="See docs/remix.md.")
    folder = read_folder(arguments.folder)
    if arguments.check:
        check_contract(folder)
        with one_build_at_a_time():
            check_packages(folder)
        print(f"{folder.remix.name} {folder.remix.version}: all is well, as far as one can see")
        return ExitCode.DONE
    keys = tuple(arguments.key or ())
    for key in keys:
        if not key.is_file():
            raise InstallError(f"{key} is no key: there is no such file")
    if not keys and folder.remix.machines is Machines.VM and not folder.remix.keys:
        keys = (TEST_KEY,)
    release = _release_of(arguments)
    with one_build_at_a_time():
        if arguments.shell:
            # Ctrl+C is for what runs in the shell. A handler, since it would inherit SIG_IGN.
            signal.signal(signal.SIGINT, lambda _number, _frame: None)
            return open_shell(folder, arguments.shell)
        if arguments.ids:
            record_ids(folder)
            print(folder.ids)
            return ExitCode.DONE
        make(folder, release, keys, live=arguments.live, anew=arguments.anew)
    print(release)
    return ExitCode.DONE


def _release_of(arguments: argparse.Namespace) -> Path:
    folder: Path = arguments.folder
    given: Path | None = arguments.release
    return given or SOURCE / "build" / "remix" / folder.resolve().name


def _told(failed: StepFailed, arguments: argparse.Namespace) -> str:
    """Why a step failed, in its own words, and how to look into it."""
    name, folder = failed.step.name, arguments.folder
    lines = [f"The step {name} of {folder} failed with status {failed.status}."]
    if failed.is_disk_full:
        return "\n".join((lines[0], _full(arguments)))
    archive = list(archive_words(failed.last_lines))
    if name == "packages" and archive:
        lines += ["The archive says:", *(f"    {line}" for line in archive)]
        lines.append(f"Mend `packages` in {folder / 'remix.yaml'}.")
    else:
        lines += ["Its last lines:", *(f"    {line}" for line in failed.last_lines)]
    if not name.startswith("base"):
        lines.append(f"A shell where it begins: ./dev remix {folder} --shell {Path(name).name}")
    return "\n".join(lines)


def archive_words(lines: Iterable[str]) -> Iterator[str]:
    """What apt or apk said that the archive lacks, or that it is not to be reached; below an error
    apk names each package, and who wants it."""
    is_error = False
    for line in lines:
        is_error = line.startswith(("E: ", "ERROR: ")) or (is_error and line.startswith("  "))
        if is_error or line.startswith("WARNING: fetching "):
            yield line


def _full(arguments: argparse.Namespace, at: Path | None = None) -> str:
    """Which disk has no room, and what to do. `at`: where it was full, and is no longer, when what
    was half made there is gone."""
    release = _release_of(arguments)
    place = next((each for each in (release, *release.parents) if each.exists()), release)
    left = "Nothing half made is left; finished steps are in the cache."
    is_release = at is not None and at.is_relative_to(release)
    if is_release or (is_full(place) and not is_full()):
        free = shutil.disk_usage(place).free // 2**20
        return f"The disk is full: {release} has {free} MiB left. Make room there. {left}"
    free = shutil.disk_usage(CACHE).free // 2**20
    return (
        f"The disk is full: {CACHE} has {free} MiB left. Make room, or set ATOMOS_CACHE to a folder"
        f" of a larger disk. {left}"
    )


if __name__ == "__main__":
    sys.exit(main())
