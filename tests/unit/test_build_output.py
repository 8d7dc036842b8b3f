"""What a build prints, and where."""

import subprocess
import sys
from pathlib import Path

RECIPES = Path(__file__).parents[2] / "mkimage-profile"


def test_what_a_program_of_a_build_prints_is_no_part_of_the_answer() -> None:
    words = "import layers; layers.run('echo', 'Reading package lists...'); print('/a/layer')"
    argv = [sys.executable, "-c", words]
    ended = subprocess.run(argv, cwd=RECIPES, check=True, capture_output=True, text=True)
    assert ended.stdout == "/a/layer\n"
    assert "Reading package lists..." in ended.stderr
