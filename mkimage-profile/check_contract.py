"""What a SquashFS meets of the image contract: ``./dev contract check IMAGE``.

The same look as the installer's at an image in its slot (`installer.image_requirements`).
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

from backends.image_tree import MountedImage  # noqa: E402
from backends.mounts import Mounts  # noqa: E402
from backends.runner import Runner  # noqa: E402
from backends.squashfs_file import SquashfsFile, squashfs_file  # noqa: E402
from installer.contract import CONTRACT_PATH, Contract  # noqa: E402
from installer.contract_file import load_contract  # noqa: E402
from installer.errors import ExitCode, InstallError, Problem, Refused  # noqa: E402
from installer.image_requirements import (  # noqa: E402
    Finding,
    findings,
    look_without_contract,
    verity_finding,
)
from installer.release import Verity, contract_name, roothash_name  # noqa: E402
from installer.roothash import parse_roothash  # noqa: E402

VALID = f"{CONTRACT_PATH} is a valid contract."
MARKS = {True: "MISSING", False: "better"}


def look(image: Path) -> tuple[Contract | None, tuple[Finding, ...]]:
    """What the image says of itself, and all that the contract asks.

    Raises InstallError where there is nothing to look at: no SquashFS, no contract, or one behind
    a link out of the image.
    """
    file = squashfs_file(image)
    with tempfile.TemporaryDirectory(prefix="atomos-contract-") as base:
        mounts = Mounts(Runner(), Path(base) / "mnt")
        with mounts.device(str(image.absolute()), "squashfs", read_only=True) as root:
            tree = MountedImage(root, str(image))
            text = tree.contract_text()
            try:
                contract = load_contract(text.decode(errors="replace"), CONTRACT_PATH.name)
            except Refused as refused:
                return None, (*_errors(refused.problems), *look_without_contract(tree))
            found = (Finding(asked=VALID), *findings(contract, tree))
    return contract, (*found, *_beside(contract, text, file))


def _errors(problems: tuple[Problem, ...]) -> Iterator[Finding]:
    for each in problems:
        yield Finding(
            asked=VALID, lack=each.what, mend="docs/contract.md says what each key may be."
        )


def _beside(contract: Contract, text: bytes, file: SquashfsFile) -> Iterator[Finding]:
    """What belongs beside the image in a release."""
    beside = file.path.with_name(contract_name(file.path.name))
    if beside.is_file():
        same = beside.read_bytes() == text
        yield Finding(
            asked="The contract beside the image is the one in it.",
            lack="" if same else f"{beside.name} says something else.",
            mend=f"Copy the image's own over {beside.name}.",
        )
    try:
        finding = verity_finding(contract, _verity(file.path), file.size_bytes)
    except Refused as refused:
        finding = Finding(
            asked="The image's root hash is beside it.",
            lack=refused.problems[0].what,
            mend="`mkimage-profile/hash_tree.py IMAGE` writes it.",
        )
    if finding is not None:
        yield finding


def _verity(image: Path) -> Verity | None:
    beside = image.with_name(roothash_name(image.name))
    if not beside.is_file():
        return None
    return parse_roothash(beside.read_text(errors="replace"), beside.name)


def told(image: Path, contract: Contract | None, found: tuple[Finding, ...]) -> Iterator[str]:
    """The lines for a person."""
    of = f": {contract.name} {contract.version} ({contract.architecture})" if contract else ""
    yield f"{image.name}{of}"
    for each in found:
        yield f"  {MARKS[each.needed] if each.lack else 'ok':8}{each.asked}"
        if each.lack:
            yield f"{'':10}{each.lack}"
            yield f"{'':10}Mend: {each.mend}"
    lacks = [each for each in found if each.lack]
    needed = sum(each.needed for each in lacks)
    if needed:
        yield f"It is not installable yet: {needed} to mend."
    elif lacks:
        yield f"It can be installed, and would be better with {len(lacks)} mended."
    else:
        yield "It meets the contract."


def main() -> int:
    """Command line. 0: can be installed; 3: it lacks what is needed; 2: nothing to look at."""
    parser = argparse.ArgumentParser(prog="./dev contract")
    parser.add_argument("deed", choices=("check",), metavar="check")
    parser.add_argument("image", type=Path)
    image = parser.parse_args().image
    try:
        contract, found = look(image)
    except InstallError as error:
        words = error.tool_words.strip().splitlines()
        what = f"{image} cannot be looked into: {error.what}" if words else error.what
        print(f"{what}{f' ({words[0].strip()})' if words else ''}", file=sys.stderr)
        return ExitCode.ANSWERS
    print("\n".join(told(image, contract, found)))
    is_lacking = any(each.lack and each.needed for each in found)
    return ExitCode.REFUSED if is_lacking else ExitCode.DONE


if __name__ == "__main__":
    sys.exit(main())
