"""What the terminal says about layers and rungs, in both languages."""

from dataclasses import replace

import pytest
from rich.console import Console

from challenges.terminal import show_ladder, show_report
from grader.ladder import LadderReport, Rung, RungFigures, RungName
from grader.report import (
    Diagnosis,
    EntryFacts,
    Finding,
    LayerNoise,
    LayerSensitivity,
    Ledger,
    Report,
    Result,
)
from grader.wording import LANGUAGES, say
from tests.grader.reports import measured

ENTRY = EntryFacts(sha256="0" * 64, format="onnx", file_bytes=1000)
MACHINE: dict[str, str | int | float] = {"cpu_model": "a CPU", "onnxruntime": "1.32.0", "sandbox": "none"}
FIGURES = RungFigures(
    size_bytes=90_000,
    memory_bytes=18_816,
    accuracy=measured(
        accuracy=0.80,
        baseline_accuracy=0.87,
        max_drop=0.02,
        size_bytes=1,
        baseline_size_bytes=1,
        memory_bytes=1,
        baseline_memory_bytes=1,
        latency=1.0,
    ).accuracy,
    latency=0.7,
    latency_interval=(0.6, 0.8),
)
LADDER = LadderReport(
    challenge="small",
    challenge_version=1,
    entry=ENTRY,
    rungs=(
        Rung(name=RungName.STATIC_PER_CHANNEL, figures=FIGURES),
        Rung(name=RungName.WEIGHT_ONLY_INT4, failure=Finding("quantizer_refused", {"detail": "no such operator"})),
    ),
    breaks_at=RungName.STATIC_PER_CHANNEL,
)
DIAGNOSIS = Diagnosis(
    items=64,
    layers=(LayerNoise(name="stem", op="Conv", entry="stem", bits=8, weights_sqnr_db=40.0, output_sqnr_db=31.26),),
    worst=("stem",),
    sensitivity=(
        LayerSensitivity(
            name="head",
            op="Gemm",
            elements=640,
            int8_sqnr_db=45.0,
            int8_changed=0.0,
            int4_sqnr_db=17.5,
            int4_changed=0.1,
        ),
    ),
    ledger=Ledger(
        file_bytes=1000, tensor_bytes={"int8": 600}, duplicate_bytes=100, metadata_bytes=50, structure_bytes=250
    ),
)


def report(diagnosis: Diagnosis) -> Report:
    return Report(
        challenge="small",
        challenge_version=1,
        split="public",
        entry=ENTRY,
        result=Result.PASSED,
        reasons=(),
        diagnosis=diagnosis,
        environment=MACHINE,
    )


def told(show: object, what: object, language: str) -> str:
    console = Console(width=300, record=True)
    show(what, language, console)  # type: ignore[operator]
    return console.export_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_diagnosis_is_a_line_for_each_part(language: str) -> None:
    text = told(show_report, report(DIAGNOSIS), language)

    assert "stem 31.3 dB" in text
    assert "head 17.5 dB" in text
    assert "600" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_diagnosis_that_failed_says_why(language: str) -> None:
    failed = Diagnosis(failure=Finding("time_limit_cpu", {"limit_s": 40}))

    assert say("time_limit_cpu", {"limit_s": 40}, language).message in told(show_report, report(failed), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ladder_is_a_row_for_each_rung_and_says_where_it_breaks(language: str) -> None:
    text = told(show_ladder, LADDER, language)

    assert "90,000" in text
    assert "-7.00 [-7.60, -6.40]" in text
    assert say("quantizer_refused", {"detail": "no such operator"}, language).message in text
    assert text.count(say("rung_static_per_channel", {}, language).message) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ladder_that_holds_names_no_rung_twice(language: str) -> None:
    text = told(show_ladder, replace(LADDER, breaks_at=None), language)

    assert text.count(say("rung_static_per_channel", {}, language).message) == 1
