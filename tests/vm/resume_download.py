"""The scenario ``resume-download``: the server loses the connection again and again."""

from typing import Final

from tests.vm import booted_live, live
from tests.vm.machine import VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.unattended import answers_at_shell
from tests.vm.unsteady_server import Line, serving_over

DROPS: Final = 20
STALLS: Final = 2
AT_MOST: Final = 1.05
"""Bytes that may be fetched, in lengths of the image."""


def resume_download(stage: Stage) -> None:
    """Twenty lost connections and two that fall silent: the installation ends by itself."""
    dice = stage.dice()
    image = next(stage.release.glob("atomos_*.squashfs"))
    size = image.stat().st_size
    moments = dice.sample(range(size), DROPS + STALLS)
    line = Line(drops=moments[STALLS:], stalls=moments[:STALLS])
    hardware = booted_live.bring_back(stage)
    with (
        serving_over(line, stage.release) as url,
        VirtualMachine(hardware, stage.folder) as machine,
    ):
        serial = machine.serial
        live.wake(serial)
        live.leave_to_shell(serial)
        answers_at_shell(serial, url)
        status, said = serial.run("atomos-install run --answers /run/answers.yaml 2>&1", within=900)
        assert status == 0, f"status {status}:\n{said}"
        assert line.failures_left == 0, f"{line.failures_left} failures never came"
        told = said.count("trying again in")
        assert told == DROPS + STALLS, f"{told} failures are told:\n{said}"
        stage.say("installed, and each failure told")
        fetched = line.sent / size
        stage.say(f"{len(line.requests)} requests, {fetched:.3f} of the image fetched")
        assert fetched <= AT_MOST, f"{fetched:.3f} of the image was fetched"
        for slot in ("a", "b"):
            compare = f"head -c {size} /dev/disk/by-partlabel/atomos-{slot} | sha256sum"
            assert serial.output_of(compare, within=120).split()[0] == _sha256(stage, image.name)
        stage.say("both slots hold the image")


def _sha256(stage: Stage, name: str) -> str:
    lines = (stage.release / "SHA256SUMS").read_text().splitlines()
    return next(line.split()[0] for line in lines if line.endswith(f"  {name}"))
