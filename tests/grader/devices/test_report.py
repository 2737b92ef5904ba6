"""What a report says of estimates, and that reports from before there were any are still read."""

import json
from dataclasses import replace

import pytest

from grader.advice import next_steps, remarks, seen_on_devices
from grader.challenge import Baseline, Target, Targets
from grader.devices.estimates import ONE_STEP, ROUNDING, tolerance
from grader.devices.lab import LabMissing
from grader.entry import Entry
from grader.pipeline import evaluate, rescore
from grader.report import Agreement, EntryFacts, Finding, Measured, NodeFacts, Report, Result
from grader.sandbox.fake import FakeSandbox
from grader.scoring import result, score
from grader.wording import LANGUAGES, say
from tests.grader.challenges import small_challenge
from tests.grader.reports import inspection, measured, on_device

TARGETS = Targets(max_drop=0.02, latency=Target(par=0.4, weight=1.0, device="pi5"))
PLAIN = measured(
    accuracy=0.87,
    baseline_accuracy=0.87,
    max_drop=0.02,
    size_bytes=1,
    baseline_size_bytes=1,
    memory_bytes=1,
    baseline_memory_bytes=1,
    latency=0.5,
)
BOARDS = (on_device(0.7, "pi4", gain=1.4), on_device(0.3, "pi5", gain=3.0))
ESTIMATED = replace(PLAIN, devices=BOARDS)


def report(entry: Measured) -> Report:
    points = score(entry, TARGETS)
    return Report(
        challenge="small",
        challenge_version=1,
        split="public",
        entry=EntryFacts(sha256="0", format="onnx", file_bytes=1),
        result=result(entry, points),
        reasons=remarks(entry, points, Result.PASSED),
        measured=entry,
        score=points,
    )


def codes(findings: tuple[Finding, ...]) -> list[str]:
    for finding in findings:
        for language in LANGUAGES:
            assert say(finding.code, finding.params, language).message
    return [finding.code for finding in findings]


def with_nodes(*nodes: tuple[str, str], **boards: float) -> Measured:
    """Estimates of a graph of these operators and precisions, with these gains in instructions."""
    facts = tuple(NodeFacts(name=f"node{at}", op=op, precision=kind) for at, (op, kind) in enumerate(nodes))
    devices = tuple(on_device(1 / gain, name, gain) for name, gain in boards.items())
    return replace(PLAIN, inspection=replace(inspection(1, 1), nodes=facts), devices=devices)


def test_estimates_survive_being_stored() -> None:
    stored = report(ESTIMATED)

    assert Report.from_json(stored.to_json()) == stored


def test_a_report_from_before_there_were_estimates_is_read_and_has_none() -> None:
    old = json.loads(report(ESTIMATED).to_json())
    for name in ("devices", "no_estimate"):
        del old["measured"][name]
    for part in old["score"]["parts"]:
        del part["device"]

    read = Report.from_json(json.dumps(old))

    assert read.measured is not None
    assert (read.measured.devices, read.measured.no_estimate) == ((), None)
    assert read.scored_device is None
    assert read.counted_latency == PLAIN.latency.interval[1]


def test_the_estimate_is_what_counts_where_points_rest_on_it() -> None:
    graded = report(ESTIMATED)

    assert graded.scored_device == BOARDS[1]
    assert graded.counted_latency == 0.3
    assert rescore(graded, TARGETS).score == graded.score


def test_a_missed_target_names_the_device_and_calls_the_figure_estimated() -> None:
    slow = replace(PLAIN, devices=(on_device(0.7, "pi4"), on_device(0.5, "pi5")))

    [missed] = report(slow).reasons

    assert codes((missed,)) == ["missed_estimated_latency"]
    assert "estimated" in say(missed.code, missed.params, "en").message
    assert "推定" in say(missed.code, missed.params, "ja").message


def test_a_device_that_answers_otherwise_is_told_about() -> None:
    elsewhere = replace(BOARDS[1], agreement=Agreement(items=2, difference=0.02, tolerance=0.0))

    told = report(replace(PLAIN, devices=(BOARDS[0], elsewhere))).reasons

    assert codes(told) == ["device_disagrees"]


@pytest.mark.parametrize(
    ("nodes", "allowed"),
    [
        ([("QLinearConv", "int8"), ("QuantizeLinear", "other")], 0.0),
        ([("Conv", "float")], ROUNDING),
        ([("Conv", "float"), ("QLinearConv", "int8")], ONE_STEP),
        ([("DynamicQuantizeLinear", "other"), ("ConvInteger", "int8")], ONE_STEP),
    ],
)
def test_integers_leave_no_room_for_rounding(nodes: list[tuple[str, str]], allowed: float) -> None:
    assert tolerance(with_nodes(*nodes).inspection) == allowed


def test_a_gap_between_the_boards_is_explained_by_the_dot_product() -> None:
    seen = seen_on_devices(with_nodes(("QLinearConv", "int8"), pi4=1.4, pi5=3.1))

    assert codes(seen) == ["seen_dot_product"]
    assert seen[0].params["core"] == "Cortex-A72"
    assert seen[0].params["percent_without"] == pytest.approx(100 / 1.4, rel=1e-3)


def test_boards_that_gain_alike_are_not_told_apart() -> None:
    assert codes(seen_on_devices(with_nodes(("Conv", "float"), pi4=2.0, pi5=2.0))) == ["seen_same_kernels"]


def test_ranges_that_are_measured_at_every_inference_are_seen() -> None:
    dynamic = with_nodes(("DynamicQuantizeLinear", "other"), ("ConvInteger", "int8"), pi4=0.7, pi5=1.3)

    assert codes(seen_on_devices(dynamic)) == ["seen_dot_product", "seen_no_gain", "seen_dynamic"]


def test_fewer_misses_are_named_where_they_gain_more_than_instructions() -> None:
    leaner = replace(PLAIN, devices=(on_device(0.3, "pi4", gain=1.4),))

    assert codes(seen_on_devices(leaner)) == ["seen_data"]


def test_nothing_is_seen_without_estimates() -> None:
    assert seen_on_devices(PLAIN) == ()


def test_int8_that_misses_on_a_board_without_a_dot_product_hears_so() -> None:
    asked = Targets(max_drop=0.02, latency=Target(par=0.4, weight=1.0, device="pi4"))

    steps = next_steps(ESTIMATED, score(ESTIMATED, asked))

    assert codes(steps) == ["try_dot_product"]


def test_int8_that_misses_on_a_board_with_one_hears_of_the_operations_that_are_left() -> None:
    slow = replace(PLAIN, devices=(on_device(0.7, "pi4"), on_device(0.5, "pi5")))

    assert codes(next_steps(slow, score(slow, TARGETS))) == ["try_fewer_operations"]


def test_without_a_lab_a_challenge_that_asks_for_a_device_is_not_graded_and_the_lack_is_ours() -> None:
    challenge = replace(small_challenge(), targets=TARGETS, lab=None)
    nothing = Baseline(outputs=challenge.evaluation.labels, accuracy=1.0, size_bytes=1, memory_bytes=1)

    with pytest.raises(LabMissing) as missing:
        evaluate(Entry("entry.onnx", b"\x08"), challenge, nothing, FakeSandbox())

    assert missing.value.blame == "grader"
    for language in LANGUAGES:
        sentence = say(missing.value.code, missing.value.params, language)
        assert "Raspberry Pi 5" in sentence.message
        assert "./run devices" in sentence.hint
