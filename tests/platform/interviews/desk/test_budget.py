"""The budget is the arithmetic that it says it is: computed here a second time, from nothing but the inputs."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from challenges.tables import Bilingual
from interviews.desk.budget import Inputs, Measure, Requirements
from interviews.desk.devices import WIDTHS, Device, devices
from interviews.desk.scenarios import scenarios

EXAMPLE = Inputs(
    device="raspberry-pi-5",
    macs=3_000_000_000,
    parameters=4_000_000,
    weight_bits=8,
    activation_bits=8,
    peak_elements=2_000_000,
    traffic_elements=20_000_000,
    utilisation=0.3,
    overhead_bytes=50_000_000,
    pre_s=0.004,
    post_s=0.002,
    tail=1.5,
    per_second=10.0,
    duty=0.5,
    rest_w=2.0,
    battery_wh=100.0,
)
REQUIRED = Requirements(
    per_second=10,
    duty=0.5,
    latency_s=0.1,
    ram_bytes=100_000_000,
    flash_bytes=5_000_000,
    power_w=8.0,
    battery_h=15.0,
    accuracy=Bilingual(ja="", en=""),
)

plans = st.fixed_dictionaries(
    {
        "device": st.sampled_from(list(devices())),
        "macs": st.integers(1, 10**12),
        "parameters": st.integers(1, 10**9),
        "weight_bits": st.sampled_from([4, 8]),
        "activation_bits": st.just(8),
        "peak_elements": st.integers(0, 10**8),
        "traffic_elements": st.integers(0, 10**9),
        "utilisation": st.floats(0.001, 1),
        "overhead_bytes": st.integers(0, 10**9),
        "pre_s": st.floats(0, 1),
        "post_s": st.floats(0, 1),
        "tail": st.floats(1, 10),
        "per_second": st.floats(0.01, 1000),
        "duty": st.floats(0.001, 1),
        "rest_w": st.floats(0, 100),
        "battery_wh": st.floats(0.001, 1000),
    }
)


def memory_time(device: Device, weights: int, moved: int) -> float:
    """By the words on the page."""
    path = device.weights_path.value if device.weights_path else math.nan
    memory = device.memory.value if device.memory else math.nan
    if device.layout == "shared":
        return (weights + moved) / memory
    if device.layout == "flash":
        return max(moved / memory, weights / path)
    assert device.on_chip
    return max(0, weights - device.on_chip.value) / path


@given(plans)
def test_every_figure_is_its_formula(plan: dict[str, Any]) -> None:
    device = devices()[plan["device"]]
    budget = Inputs(**plan).budget()

    weights = math.ceil(plan["parameters"] * plan["weight_bits"] / 8)
    compute = 2 * plan["macs"] / (device.peak8.value * plan["utilisation"])
    memory = memory_time(device, weights, plan["traffic_elements"])
    latency = plan["pre_s"] + max(compute, memory) + plan["post_s"]
    energy = (device.active.value - device.idle.value) * latency
    done = min(plan["per_second"], 1 / latency) * plan["duty"]
    power = device.idle.value + plan["rest_w"] + energy * done
    in_ram = plan["peak_elements"] + plan["overhead_bytes"] + (0 if device.layout == "flash" else weights)

    expected = {
        Measure.COMPUTE: compute,
        Measure.MEMORY: memory,
        Measure.INFERENCE: max(compute, memory),
        Measure.LATENCY: latency,
        Measure.P95: plan["tail"] * latency,
        Measure.REACHABLE: 1 / latency,
        Measure.ASKED: plan["per_second"],
        Measure.DUTY: plan["duty"],
        Measure.RAM: in_ram,
        Measure.FLASH: weights,
        Measure.ENERGY: energy,
        Measure.POWER: power,
        Measure.BATTERY: plan["battery_wh"] / power,
    }
    assert {measure: budget.value(measure) for measure in Measure} == pytest.approx(expected)


def test_a_worked_example_by_hand() -> None:
    budget = EXAMPLE.budget()

    assert budget.bound.compute_s == pytest.approx(6e9 / (614.4e9 * 0.3))  # 32.6 ms
    assert budget.bound.memory_s == pytest.approx(24e6 / 17.068e9)  # 1.4 ms
    assert budget.latency_s == pytest.approx(0.0385520833)
    assert budget.ram_bytes == 56_000_000
    assert budget.power_w == pytest.approx(3.3 + 2 + 6.5 * 0.0385520833 * 5)


def test_kernels_are_as_wide_as_the_wider_of_weights_and_activations() -> None:
    narrow, mixed, wide = (
        replace(EXAMPLE, weight_bits=weights, activation_bits=activations).budget().peak_ops
        for weights, activations in ((4, 8), (8, 16), (8, 32))
    )

    assert (narrow, mixed, wide) == (614.4e9, 307.2e9, 153.6e9)


def test_weights_of_fewer_bits_take_less_memory_but_do_not_compute_faster() -> None:
    eight, four = EXAMPLE.budget(), replace(EXAMPLE, weight_bits=4).budget()

    assert four.weights_bytes * 2 == eight.weights_bytes
    assert four.bound.compute_s == eight.bound.compute_s


def test_what_is_planned_beyond_reach_costs_no_power() -> None:
    reach = EXAMPLE.budget().reachable_per_s

    busy, busier = (replace(EXAMPLE, per_second=factor * reach).budget().power_w for factor in (1, 5))

    assert busy == pytest.approx(busier)


def test_weights_in_flash_are_no_ram_and_weights_on_the_chip_cross_no_link() -> None:
    micro, small, large = (
        replace(EXAMPLE, device=device, parameters=parameters).budget()
        for device, parameters in (("nrf54l15", 100_000), ("edge-tpu", 4_000_000), ("edge-tpu", 12_000_000))
    )

    assert micro.ram_bytes == EXAMPLE.peak_elements + EXAMPLE.overhead_bytes
    assert small.bound.memory_s == 0
    assert large.bound.memory_s == pytest.approx(4e6 / 0.5e9)


def test_each_limit_is_the_tighter_of_requirement_and_device() -> None:
    micro = replace(EXAMPLE, device="nrf54l15").budget()

    bounds = {limit.measure: limit.bound for limit in micro.limits(REQUIRED)}

    assert bounds[Measure.RAM] == 262_144
    assert bounds[Measure.FLASH] == 1_560_576
    assert bounds[Measure.REACHABLE] == 10


def test_what_is_missed_says_by_how_much() -> None:
    slow = replace(EXAMPLE, tail=5.187, duty=0.25)

    missed = {limit.measure: limit.excess for limit in slow.budget().violations(REQUIRED)}

    assert missed == pytest.approx({Measure.P95: 1.0, Measure.DUTY: 0.5}, rel=1e-3)


def test_a_limit_that_is_just_met_is_met() -> None:
    latency = replace(EXAMPLE, tail=1.0).budget().latency_s

    exact = replace(REQUIRED, latency_s=1.5 * latency)

    assert Measure.P95 not in {limit.measure for limit in EXAMPLE.budget().violations(exact)}


@pytest.mark.parametrize("scenario", scenarios().values(), ids=lambda scenario: scenario.id)
def test_every_start_misses_something_and_every_sample_nothing(scenario: Any) -> None:
    assert scenario.start.budget().violations(scenario.requirements)
    assert scenario.solution.budget().violations(scenario.requirements) == []


@pytest.mark.parametrize("scenario", scenarios().values(), ids=lambda scenario: scenario.id)
def test_the_sample_assumes_no_more_of_its_device_than_the_device_does(scenario: Any) -> None:
    solution = scenario.solution

    assert solution.utilisation <= devices()[solution.device].utilisation.value


@pytest.mark.parametrize("bits", WIDTHS)
def test_a_device_without_kernels_of_a_width_says_so(bits: int) -> None:
    edge_tpu = devices()["edge-tpu"]

    assert edge_tpu.computes(bits) == (bits == 8)
