"""The root of an Alpine for tests, before it becomes an image: prints its folders, top first."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "alpine")]

import alpine_recipe  # noqa: E402
from layers import build_layers, one_build_at_a_time  # noqa: E402

if __name__ == "__main__":
    places = {"SOURCE": str(HERE.parent), "PYTHON": sys.executable}
    with one_build_at_a_time():
        made = build_layers(alpine_recipe.root_steps(), places)
    print(":".join(str(layer.path) for layer in reversed(made)))
