"""Where the partitions of an image lie."""

import json
import subprocess
from pathlib import Path
from typing import Final

from installer.layout import Role
from tests.faults.crash.recorded import Part

_SECTOR: Final = 512


def parts_of(image: Path) -> dict[Role, Part]:
    """Where the partitions of a disk lie."""
    argv = ["sfdisk", "--json", str(image)]
    done = subprocess.run(argv, check=True, capture_output=True)
    return {
        Role(each["name"]): Part(start=each["start"] * _SECTOR, size=each["size"] * _SECTOR)
        for each in json.loads(done.stdout)["partitiontable"]["partitions"]
    }
