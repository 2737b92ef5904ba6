"""The chapter on the device lab says what the lab's own data say, and what its command prints."""

import re

import pytest
from django.test import Client

from career.devices import device_figures, devices_of
from career.guide import guide
from challenges.kernels.spec import KernelSpec
from challenges.registry import everything
from grader.devices.calibration.points import STORED, Measured
from grader.devices.calibration.report import report
from grader.devices.targets import BOARDS, devices
from grader.report import DeviceFacts
from submissions.example import example

LANGUAGES = ("ja", "en")
FIGURES = device_figures("en")


def cells(name: str) -> list[list[str]]:
    """The rows of a table without its marks."""
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in FIGURES[name].splitlines()]


def ascii_of(cell: str) -> str:
    """As the command writes it."""
    return cell.replace("−", "-").replace("\u00a0%", "%")


@pytest.fixture(scope="module")
def printed() -> str:
    """What `python -m grader.devices.calibration` says."""
    return report(Measured.read(STORED), BOARDS)


def test_profiles_are_those_of_the_lab() -> None:
    for (title, core, clock, level1, level2, dot_product), device in zip(
        cells("lab.profiles"), devices().values(), strict=True
    ):
        assert (title, core, float(clock.removesuffix("\u00a0GHz"))) == (device.title, device.core, device.clock_ghz)
        for told, cache in ((level1, device.level1), (level2, device.level2)):
            kib, ways = re.findall(r"\d+", told.replace(",", ""))
            assert (1024 * int(kib), int(ways)) == (cache.size_bytes, cache.ways)
        assert (dot_product == "SDOT") == ("asimddp" in device.features)


def test_only_the_raspberry_pi_5_has_a_dot_product() -> None:
    assert [row[0] for row in cells("lab.profiles") if row[-1] == "SDOT"] == ["Raspberry Pi 5"]


def test_costs_are_those_that_estimates_are_made_with() -> None:
    for (_, *cycles, vectors, error), device in zip(cells("lab.costs"), devices().values(), strict=True):
        cost = device.cost
        assert [float(value) for value in cycles] == [cost.instruction, cost.level1_miss, cost.level2_miss]
        assert vectors == (f"{cost.vector_register:g}" if cost.vector_register else "–")
        assert (error == "–") == (device.error is None)


def test_every_network_stands_there_as_the_command_prints_it(printed: str) -> None:
    rows = cells("lab.networks")
    lines = {" ".join(line.split()) for line in printed.splitlines()}

    assert len(rows) == len({network for counted in boards_counted() for network in counted})
    for network, *figures in rows:
        for published, estimated, off in (figures[:3], figures[3:]):
            if published != "–":
                start, end = f"{network} {published} {estimated} ", f" {ascii_of(off)}"
                assert any(line.startswith(start) and line.endswith(end) for line in lines), (network, published)


def boards_counted() -> list[dict[str, tuple[int, int, int]]]:
    """The counts of each board."""
    counts = Measured.read(STORED).counts
    return [dict(counts[board]) for board in BOARDS]


def test_how_good_estimates_are_is_what_the_command_prints(printed: str) -> None:
    for title, networks, rank, error, rank_alone, error_alone, far, near in cells("lab.fit"):
        section = next(part for part in printed.split("\n\n") if part.startswith(title))
        assert f"{networks} networks" in section
        for name, value, off in (("all three", rank, error), ("instructions alone", rank_alone, error_alone)):
            median, largest = ascii_of(off).split(" / ")
            assert f"{name}: Spearman {value}; " in section
            assert f"median {median}, maximum {largest}" in section
        for apart, orders in (("20%", far), ("5%", near)):
            right, pairs = orders.split(" / ")
            assert f"more than {apart}: {right} of {pairs} in the right order" in section


def test_speed_ups_by_int8_are_what_the_command_prints(printed: str) -> None:
    assert cells("lab.speed_ups")
    for network, *figures in cells("lab.speed_ups"):
        for published, estimated in (figures[:2], figures[2:]):
            if published != "–":
                assert f"int8 speed-up of {network}: published {published}, estimated {estimated} " in printed


def test_the_estimates_are_as_the_chapter_says() -> None:
    """What its words conclude from the figures: misses help, and on a Pi 4 every estimate is too kind to int8."""
    for _, _, _, whole, _, alone, far, _ in cells("lab.fit"):
        for with_misses, without in zip(percentages(whole), percentages(alone), strict=True):
            assert with_misses < without
        right, pairs = map(int, far.split(" / "))
        assert right >= 0.99 * pairs
    for _, published, estimated, *_ in cells("lab.speed_ups"):
        assert published == "–" or float(estimated) > float(published)


def percentages(cell: str) -> list[float]:
    """4.1 % / 19.0 % as numbers."""
    return [float(part.removesuffix("\u00a0%")) for part in cell.split(" / ")]


def test_int8_gains_instructions_on_the_pi_5_and_little_on_the_pi_4() -> None:
    measured = example().report.measured
    assert measured
    assert [device.name for device in measured.devices] == list(BOARDS), "grade the example anew, with the lab"

    [pi4, pi5] = cells("lab.int8")

    for row, device in zip((pi4, pi5), measured.devices, strict=True):
        before, after, gain = float(row[1].replace(",", "")), float(row[2].replace(",", "")), float(row[3])
        assert before / after == pytest.approx(gain, abs=0.005) == pytest.approx(device.instruction_gain, abs=0.005)
        assert float(row[6]) == pytest.approx(device.reference.cycles / device.entry.cycles, abs=0.005)
    assert float(pi4[3]) < 1.6 < 1.8 < float(pi5[3])
    assert share_of_instructions(measured.devices[0]) < 0.5 < share_of_instructions(measured.devices[1])


def share_of_instructions(device: DeviceFacts) -> float:
    """How much of the cycles that int8 saves are those of instructions, and not of misses."""
    saved = device.reference.cycles - device.entry.cycles
    return (device.reference.instruction_cycles - device.entry.instruction_cycles) / saved


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_every_table_and_every_challenge_on_a_device(client: Client, language: str) -> None:
    page = client.get("/guide/device-lab/", headers={"accept-language": language}).content.decode()

    for device in devices().values():
        assert page.count(f"<td>{device.title}</td>") >= 2
    assert page.count("<tr>") > len(cells("lab.networks")) + 2 * len(devices())
    on_devices = [spec for spec in everything().values() if devices_of(spec)]
    assert on_devices
    for spec in on_devices:
        assert f'href="/challenges/{spec.id}/"' in page
    assert {spec.id for spec in everything().values() if isinstance(spec, KernelSpec)} <= {s.id for s in on_devices}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_the_chapter_type_no_measured_figure(language: str) -> None:
    """Decimals, and counts with a comma, come from data alone."""
    chapter = guide().chapters["device-lab"].texts[language]
    generated = "\n".join(device_figures(language).values())

    typed = re.findall(r"\d+[.,]\d+", " ".join(section.text for section in chapter.sections))

    assert [figure for figure in typed if figure not in generated] == []
