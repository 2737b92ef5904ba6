"""Scenarios and devices are whole, and a mistake in them is told with its line."""

from pathlib import Path

import pytest

from career.sources import sources
from content.broken import Broken
from interviews.desk import devices as devices_module
from interviews.desk.checks import the_desk_is_whole
from interviews.desk.devices import Device, Origin, devices, read_devices
from interviews.desk.scenarios import FOLDER, Scenario, Section, read_scenario, scenarios

each_device = pytest.mark.parametrize("device", devices().values(), ids=lambda device: device.id)
each_scenario = pytest.mark.parametrize("scenario", scenarios().values(), ids=lambda scenario: scenario.id)


def test_the_desk_as_it_is_shipped_is_whole() -> None:
    assert the_desk_is_whole() == []
    assert len(scenarios()) >= 5
    assert len(devices()) >= 6


@each_device
def test_every_figure_has_a_source_a_derivation_or_says_that_it_is_assumed(device: Device) -> None:
    for name, figure in device.figures():
        assert figure.sources or figure.assumption, name
        assert set(figure.sources) <= sources().keys()
        assert figure.origin != Origin.DERIVED or figure.sources, name
        assert figure.origin == Origin.CITED or figure.words, name


@each_device
def test_idling_draws_less_than_working(device: Device) -> None:
    assert 0 < device.idle.value < device.active.value


def test_derived_peaks_are_the_product_of_their_factors() -> None:
    peaks = {device.id: device.peak8.value for device in devices().values()}

    assert peaks["raspberry-pi-5"] == 4 * 2.4e9 * 2 * 16 * 2
    assert peaks["nrf54l15"] == 128e6 * 2 * 2
    assert peaks["cortex-m55-ethos-u55"] == 256 * 500e6 * 2
    assert peaks["am62a7"] == 1024 * 1e9 * 2
    assert devices()["raspberry-pi-5"].memory.value == pytest.approx(4267e6 * 4)  # type: ignore[union-attr]
    assert devices()["nrf54l15"].active.value == pytest.approx(2.6e-3 * 3)


def test_the_invented_phone_has_no_figure_that_looks_measured() -> None:
    assert {figure.origin for _, figure in devices()["phone-npu"].figures()} == {Origin.ASSUMED}


@each_scenario
def test_every_part_has_prompts_a_sample_and_a_rubric_in_both_languages(scenario: Scenario) -> None:
    assert list(scenario.section) == Section.values
    for section in scenario.section.values():
        assert 2 <= len(section.prompts) <= 3
        texts = [*section.prompts, section.sample, *(words for _, words in section.rubric.by_grade())]
        assert all(text.ja.strip() and text.en.strip() and text.ja != text.en for text in texts)


@each_scenario
def test_a_scenario_says_where_its_figures_come_from(scenario: Scenario) -> None:
    assert any(fact.sources for fact in scenario.fact)
    assert any(fact.assumed for fact in scenario.fact)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('skills = ["edge-system-design", ', 'skills = ["wishing", ', "no skill is called 'wishing'"),
        ('sources = ["zhang-2017"]', 'sources = ["hearsay"]', "no source is called 'hearsay'"),
        ('device = "nrf54l15"', 'device = "abacus"', "no device is called 'abacus'"),
        ("weight_bits = 8", "weight_bits = eight", "Invalid value"),
    ],
)
def test_a_broken_scenario_is_told_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = (FOLDER / "wake-word.toml").read_text("utf-8")
    path = tmp_path / "wake-word.toml"
    path.write_text(text.replace(old, new, 1))

    with pytest.raises(Broken, match=words) as caught:
        read_scenario(path)
    assert caught.value.line >= 1


def test_a_missing_part_of_the_canvas_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wake-word.toml"
    path.write_text((FOLDER / "wake-word.toml").read_text("utf-8").replace("section.fallback", "section.hope"))

    with pytest.raises(Broken, match=r"wake-word.toml:\d+: sections are missing: fallback"):
        read_scenario(path)


def test_inputs_that_a_device_cannot_compute_are_refused(tmp_path: Path) -> None:
    text = (FOLDER / "wake-word.toml").read_text("utf-8").replace('device = "nrf54l15"', 'device = "edge-tpu"', 1)
    path = tmp_path / "wake-word.toml"
    path.write_text(text.replace("weight_bits = 8", "weight_bits = 32", 1))

    with pytest.raises(Broken, match="no kernels of this width") as caught:
        read_scenario(path)

    assert path.read_text().splitlines()[caught.value.line - 1] == "weight_bits = 32"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('sources = ["hailo-8"]', 'sources = ["hearsay"]', "no source is called 'hearsay'"),
        ('\nsources = ["hailo-8"]', "", "needs a source"),
        ('layout = "on-chip"', 'layout = "flash"', "needs memory"),
    ],
)
def test_a_broken_device_is_told_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "devices.toml"
    path.write_text(devices_module.FILE.read_text("utf-8").replace(old, new, 1))

    with pytest.raises(Broken, match=words) as caught:
        read_devices(path)

    assert caught.value.line > 5
