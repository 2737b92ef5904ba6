"""The worked figures are computed from the real tensor; here they are computed once more, another way."""

import math
import re

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from career.guide import FOLDER
from career.worked import TEACHER, TEMPERATURE, worked_figures
from challenges.registry import catalogue
from grader.quantization.distillation import softmax

FIGURES = worked_figures()


def number(name: str) -> float:
    return float(FIGURES[name].replace("−", "-").replace(",", ""))


@pytest.fixture(scope="module")
def weights() -> np.ndarray:
    graph = onnx.load(catalogue()["int8_fashion"].baseline_path).graph
    return next(numpy_helper.to_array(t) for t in graph.initializer if t.name == FIGURES["affine.tensor"])


def test_scale_and_zero_point_are_those_of_the_tensor(weights: np.ndarray) -> None:
    scale = (float(weights.max()) - float(weights.min())) / 255

    assert number("affine.scale") == pytest.approx(scale, abs=5e-6)
    assert number("affine.zero_point") == round(-float(weights.min()) / scale)
    assert number("affine.elements") == weights.size
    assert FIGURES["affine.shape"] == "×".join(str(n) for n in weights.shape)


def test_the_value_goes_there_and_back(weights: np.ndarray) -> None:
    scale = (float(weights.max()) - float(weights.min())) / 255
    q = number("affine.q")

    assert number("affine.value") == pytest.approx(float(weights.ravel()[0]), abs=5e-5)
    assert number("affine.restored") == pytest.approx((q - number("affine.zero_point")) * scale, abs=5e-5)
    assert number("affine.error") <= number("affine.half_step") + 1e-5


def test_channels_lose_less_than_the_tensor(weights: np.ndarray) -> None:
    largest = np.abs(weights).reshape(weights.shape[0], -1).max(axis=1)

    assert number("channels.count") == weights.shape[0]
    assert number("channels.ratio") == pytest.approx(largest.max() / largest.min(), rel=1e-3)
    assert number("channels.channel_sqnr_db") > number("channels.tensor_sqnr_db")
    assert number("channels.gain_db") == pytest.approx(
        number("channels.channel_sqnr_db") - number("channels.tensor_sqnr_db"), abs=0.11
    )


@pytest.mark.parametrize("group", [32, 128])
def test_int4_costs_its_bits_and_its_scales(group: int) -> None:
    elements = number("int4.rows") * number("int4.columns")

    total = number(f"int4.g{group}_total_mib")

    assert total == pytest.approx((elements / 2 + elements / group * 2) / 2**20)
    assert number(f"int4.g{group}_bits") == pytest.approx(4 + 16 / group)
    assert number(f"int4.g{group}_ratio") == pytest.approx(number("int4.float32_mib") / total, abs=0.005)


def test_the_distillation_loss_adds_up() -> None:
    temperature, alpha = number("kd.temperature"), number("kd.alpha")
    teacher, student = ([float(z) for z in FIGURES[f"kd.{who}_logits"].split(",")] for who in ("teacher", "student"))

    def probabilities(logits: list[float], t: float) -> list[float]:
        powers = [math.exp(z / t) for z in logits]
        return [power / sum(powers) for power in powers]

    p, q = probabilities(teacher, temperature), probabilities(student, temperature)
    kl = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    hard = -math.log(probabilities(student, 1)[0])

    assert FIGURES["kd.teacher_warm"] == ", ".join(f"{value:.3f}" for value in p)
    assert number("kd.kl") == pytest.approx(kl, abs=5e-5)
    assert number("kd.total") == pytest.approx(alpha * temperature**2 * kl + (1 - alpha) * hard, abs=5e-5)


def test_the_drawing_of_the_temperature_is_drawn_from_the_same_logits() -> None:
    svg = (FOLDER / "diagrams" / "distillation-temperature.svg").read_text("utf-8")
    probabilities = [*softmax(TEACHER), *softmax(TEACHER, TEMPERATURE)]
    written = re.findall(r">(0\.\d\d)<", svg)
    bars = [float(height) for height in re.findall(r'class="(?:solid|warm)"[^>]* height="([\d.]+)"', svg)]
    axis = 262 - 62  # from 0 to 1, in user units

    assert written == [f"{p:.2f}" for p in probabilities]
    assert bars == pytest.approx([axis * p for p in probabilities], abs=0.06)
    assert f"T = {TEMPERATURE:g}" in svg
    assert re.findall(r'small" x="\d+" y="304">([\d.]+)<', svg) == [f"{z:.1f}" for z in (*TEACHER, *TEACHER)]
