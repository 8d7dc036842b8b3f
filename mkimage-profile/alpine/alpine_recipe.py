"""The Alpine recipe: a system image of a whole Alpine root, in cached steps."""

from pathlib import Path

from layers import Step

HERE = Path(__file__).parent
STEPS = HERE / "steps"
SCRIPTS = (
    *("boot-state", "slot-disk.sh", "lay-data.sh", "mark-good", "passed-over", "reset"),
    *("etc-merge", "etc-files.sh", "account-rows.awk", "etc-command"),
)
"""Of /usr/lib/atomos: those that need no systemd."""


def steps(version: str, source: Path, debian: str) -> tuple[Step, ...]:
    """All steps to the finished tree. `debian` is the key of the layer that lvm is borrowed from:
    its path is the script's `$DEBIAN`."""
    system = source / "live" / "system" / "usr"
    scripts = tuple(system / "lib" / "atomos" / name for name in SCRIPTS)
    return (
        *root_steps(),
        _step("borrowed", DEBIAN_KEY=debian),
        _step(
            "system-files",
            inputs=(*scripts, system / "bin" / "atomos", source / "live" / "openrc"),
            SCRIPTS=" ".join(SCRIPTS),
        ),
        _step("initramfs"),
        _step("contract", inputs=(HERE.parent / "inside.sh",), CONTRACT=contract(version)),
    )


def root_steps() -> tuple[Step, ...]:
    """Those to an Alpine as somebody has it who has just set it up."""
    return (_step("root", inputs=(HERE / "wheel.txt",)), _step("undo-sandbox"))


def contract(version: str) -> str:
    """The text of the image's contract."""
    return (HERE / "contract-system.yaml").read_text().replace("@VERSION@", version)


def _step(name: str, inputs: tuple[Path, ...] = (), **settings: str) -> Step:
    return Step(
        name=name,
        script=STEPS / f"{name}.sh",
        inputs=inputs,
        settings=tuple(sorted(settings.items())),
    )
