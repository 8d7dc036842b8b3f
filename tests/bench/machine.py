"""What a benchmark ran on."""

import contextlib
import os
import platform
import subprocess
from pathlib import Path

from installer.quantity import GIB


def machine() -> str:
    """Processors, memory and versions, in a line."""
    model = "unknown processor"
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
    linux = platform.release().partition("-")[0]
    versions = f"Linux {linux}, Python {platform.python_version()}"
    dd = subprocess.run(["dd", "--version"], check=True, capture_output=True, text=True)
    tools = dd.stdout.splitlines()[0].removeprefix("dd (coreutils) ")
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB, {versions}, coreutils {tools}"
