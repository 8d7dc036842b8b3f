"""What a build prints, and where."""

import pytest
from layers import run


def test_what_a_program_of_a_build_prints_is_no_part_of_the_answer(
    capfd: pytest.CaptureFixture[str],
) -> None:
    run("echo", "Reading package lists...")
    out, error = capfd.readouterr()
    assert out == ""
    assert "Reading package lists..." in error
