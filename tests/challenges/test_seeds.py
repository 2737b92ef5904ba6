"""What baselines of other seeds reach is printed by a command."""

import pytest

from challenges.seeds import main

pytestmark = pytest.mark.usefixtures("data_sets")


def test_each_network_has_a_figure_on_every_split(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["survive_int8"]) == 0

    head, row, *_ = capsys.readouterr().out.splitlines()
    assert head.split() == ["model", "public", "hidden", "validation"]
    assert row.split()[0] == "baseline.onnx"
    assert all(90 < float(figure.removesuffix("%")) < 95 for figure in row.split()[1:])


def test_a_challenge_that_does_not_exist_is_told_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no_such"]) == 1

    assert "survive_int8" in capsys.readouterr().out.replace("\n", "")
