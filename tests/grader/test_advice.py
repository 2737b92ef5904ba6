"""What to try next follows from what was found, in both languages."""

from dataclasses import replace

import pytest

from grader.advice import next_steps
from grader.challenge import Target, Targets
from grader.report import Diagnosis, Finding, LayerNoise, LayerSensitivity, Ledger, Measured, NodeFacts, RuleFacts
from grader.scoring import score
from grader.wording import LANGUAGES, say
from tests.grader.reports import measured

TARGETS = Targets(max_drop=0.02, size=Target(par=50_000, weight=1.0))


def graded(accuracy: float = 0.80, size_bytes: int = 100_000) -> Measured:
    return measured(
        accuracy=accuracy,
        baseline_accuracy=0.87,
        max_drop=0.02,
        size_bytes=size_bytes,
        baseline_size_bytes=300_000,
        memory_bytes=60_000,
        baseline_memory_bytes=180_000,
        latency=0.5,
    )


def advice(diagnosis: Diagnosis, entry: Measured | None = None) -> list[str]:
    entry = entry or graded()
    steps = next_steps(entry, score(entry, TARGETS), diagnosis)
    for language in LANGUAGES:
        assert all(say(step.code, step.params, language).message for step in steps)
    return [step.code for step in steps]


def noisy(weights_db: float, bits: int = 8) -> Diagnosis:
    layer = LayerNoise(name="stem", op="Conv", entry="stem", bits=bits, weights_sqnr_db=weights_db, output_sqnr_db=12.0)
    return Diagnosis(items=64, layers=(layer,), worst=("stem",))


def fragile(int4_changed: float | None) -> LayerSensitivity:
    return LayerSensitivity(
        name="stem",
        op="Conv",
        elements=144,
        int8_sqnr_db=50.0,
        int8_changed=0.0,
        int4_sqnr_db=20.0,
        int4_changed=int4_changed,
    )


@pytest.mark.parametrize(("weights_db", "code"), [(14.0, "try_weights"), (45.0, "try_activations")])
def test_noise_is_laid_to_the_weights_or_to_the_activations(weights_db: float, code: str) -> None:
    assert advice(noisy(weights_db))[0] == code


def test_the_layer_that_needs_its_bits_is_named() -> None:
    assert "try_sensitive_layer" in advice(replace(noisy(14.0), sensitivity=(fragile(0.2),)))


def test_a_detectors_layer_is_named_by_its_noise_alone() -> None:
    assert "try_noisy_layer" in advice(replace(noisy(14.0), sensitivity=(fragile(None),)))


def test_layers_that_bear_fewer_bits_are_named_while_the_entry_is_too_large() -> None:
    sturdy = replace(noisy(45.0), sensitivity=(fragile(0.0),))

    assert "try_fewer_bits" in advice(sturdy, graded(accuracy=0.87))
    assert "try_fewer_bits" not in advice(sturdy, graded(accuracy=0.87, size_bytes=40_000))
    assert "try_fewer_bits" not in advice(replace(noisy(14.0, bits=4), sensitivity=(fragile(0.0),)))


def test_nobody_is_told_to_quantize_where_the_rules_forbid_it() -> None:
    bound = replace(graded(accuracy=0.87), rules=(RuleFacts(name="weights", kind="float"),))

    assert "try_fewer_bits" not in advice(replace(noisy(45.0), sensitivity=(fragile(0.0),)), bound)


def test_kernels_pairs_and_copies_are_named() -> None:
    ledger = Ledger(
        file_bytes=9,
        tensor_bytes={},
        duplicate_bytes=4,
        metadata_bytes=0,
        structure_bytes=5,
        duplicates=("again",),
    )
    found = Diagnosis(ledger=ledger, float_fallbacks=("softmax",), dead_qdq=("dq",))

    assert advice(found, graded(accuracy=0.87)) == [
        "try_float_fallbacks",
        "try_dead_qdq",
        "try_duplicates",
        "try_overhead",
    ]


def test_it_is_one_paragraph_and_never_empty() -> None:
    everything = replace(
        noisy(14.0), sensitivity=(fragile(0.2),), float_fallbacks=("a", "b", "c", "d"), dead_qdq=("dq",)
    )

    assert len(advice(everything)) == 4
    assert advice(Diagnosis(), graded(accuracy=0.87, size_bytes=40_000)) == ["try_harder_par"]


def test_tensors_written_as_numbers_are_told() -> None:
    ledger = Ledger(
        file_bytes=99_000, tensor_bytes={"int8": 90_000}, duplicate_bytes=0, metadata_bytes=0, structure_bytes=9_000
    )

    assert "try_raw_data" in advice(Diagnosis(ledger=ledger), graded(accuracy=0.87))


def test_the_layer_at_which_noise_rises_is_blamed_not_the_last_one_that_passes_it_on() -> None:
    chain = tuple(
        LayerNoise(name=name, op="Conv", entry=name, bits=8, weights_sqnr_db=40.0, output_sqnr_db=output_db)
        for name, output_db in (("stem", 33.0), ("early", 9.0), ("late", 4.0))
    )
    entry = graded()

    steps = next_steps(entry, score(entry, TARGETS), Diagnosis(layers=chain, worst=("late", "early", "stem")))

    assert steps[0].params["name"] == "early"


def test_a_network_of_ones_own_is_not_blamed_on_quantization() -> None:
    assert advice(Diagnosis(layers=(LayerNoise(name="stem", op="Conv"),)))[0] == "try_training"


def test_where_layers_could_not_be_read_the_baselines_sensitivity_still_helps() -> None:
    found = Diagnosis(failure=Finding("layers_unread", {"format": "tflite"}), sensitivity=(fragile(0.2),))

    assert advice(found)[0] == "try_sensitive_layer"


@pytest.mark.parametrize(
    ("model_format", "code"),
    [("onnx", "try_int8_kernels"), ("tflite", "try_litert_int8"), ("pt2", "try_pytorch_float")],
)
def test_what_helps_is_said_for_the_runtime_of_the_entry(model_format: str, code: str) -> None:
    entry = graded()
    nodes = (NodeFacts(name="conv", op="Conv", precision="float"),)
    floating = replace(entry, model_format=model_format, inspection=replace(entry.inspection, nodes=nodes))

    assert code in advice(Diagnosis(), floating)
    assert len([step for step in advice(Diagnosis(), floating) if step in IN_FLOAT]) == 1


IN_FLOAT = {"try_int8_kernels", "try_litert_int8", "try_pytorch_float"}
