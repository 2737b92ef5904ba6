"""What the desk knows of devices: devices.toml. Every figure says where it comes from."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from career.sources import Source, sources
from challenges.tables import Bilingual, Table
from content.broken import Broken, line_naming
from content.tables import read_table

FILE = Path(__file__).parent / "devices.toml"
OPERATIONS_PER_MAC = 2
"""Vendors count a multiplication and an addition as two operations."""
WIDTHS = (8, 16, 32)
"""Of the kernels that a device may have, in bits."""


class Origin(TextChoices):
    """How a figure is known, the firmest first."""

    CITED = "cited", _("From a source")
    DERIVED = "derived", _("Derived")
    ASSUMED = "assumed", _("Assumption of the exercise")


class Figure(Table, frozen=True, kw_only=True):
    """One figure: cited, derived from what is cited, or an assumption of the exercise; one of them it has to be."""

    value: float
    sources: tuple[str, ...] = ()
    derivation: Bilingual | None = None
    assumption: Bilingual | None = None

    def __post_init__(self) -> None:
        if not self.sources and not self.assumption:
            raise ValueError("a figure needs a source, or has to say that it is an assumption")
        if self.derivation and self.assumption:
            raise ValueError("a figure is derived or assumed, not both")

    @property
    def origin(self) -> Origin:
        """How it is known."""
        if self.assumption:
            return Origin.ASSUMED
        return Origin.DERIVED if self.derivation else Origin.CITED

    @property
    def words(self) -> Bilingual | None:
        """How it was derived, or why it was assumed."""
        return self.assumption or self.derivation

    def cited(self) -> Sequence[Source]:
        """Its sources."""
        return [sources()[source] for source in self.sources]


class Layout(StrEnum):
    """Where weights and activations lie while the device computes."""

    SHARED = "shared"  # both in one memory
    FLASH = "flash"  # weights are read where they are stored, activations lie in RAM
    ON_CHIP = "on-chip"  # a coprocessor keeps activations, and weights as far as they fit; the rest comes over a link


LAYOUTS = {
    Layout.SHARED: _("Weights and activations share one memory and its bandwidth."),
    Layout.FLASH: _("Weights are read from flash while RAM holds the activations, each over a path of its own."),
    Layout.ON_CHIP: _(
        "Activations stay on the chip. Weights do as far as they fit; the rest crosses the link each time."
    ),
}


class Device(Table, frozen=True, kw_only=True):
    """One device. peak8, peak16, peak32: operations per second of kernels of that width, two for each MAC.

    memory, weights_path: bytes per second. ram, flash, on_chip: bytes. active, idle: watts. utilisation: the share of
    the peak that real kernels are taken to reach, a start for the reader's own assumption.
    """

    id: str
    name: Bilingual
    summary: Bilingual
    layout: Layout
    peak8: Figure
    peak16: Figure | None = None
    peak32: Figure | None = None
    memory: Figure | None = None
    weights_path: Figure | None = None
    ram: Figure
    flash: Figure | None = None
    on_chip: Figure | None = None
    active: Figure
    idle: Figure
    utilisation: Figure

    def __post_init__(self) -> None:
        needed = {Layout.SHARED: ["memory"], Layout.FLASH: ["memory", "weights_path", "flash"]}
        for name in needed.get(self.layout, ["weights_path", "on_chip"]):
            if getattr(self, name) is None:
                raise ValueError(f"the layout {self.layout.value!r} needs {name}")
        if not 0 < self.utilisation.value <= 1:
            raise ValueError("the utilisation is a share of the peak")

    def peak(self, bits: int) -> Figure | None:
        """Of the narrowest kernels that compute with so many bits. None if it has none."""
        width = next(width for width in WIDTHS if bits <= width)
        return {8: self.peak8, 16: self.peak16, 32: self.peak32}[width]

    def computes(self, *bits: int) -> bool:
        """True if it has kernels for weights and activations of these widths."""
        return self.peak(max(bits)) is not None

    def paths(self, weights: int, activations: int) -> Sequence[tuple[int, float]]:
        """(bytes of an inference, bytes per second) of each path between memory and arithmetic."""
        memory, weights_path = figure(self.memory), figure(self.weights_path)
        if self.layout == Layout.SHARED:
            return [(weights + activations, memory)]
        if self.layout == Layout.FLASH:
            return [(activations, memory), (weights, weights_path)]
        return [(max(0, weights - int(figure(self.on_chip))), weights_path)]

    @property
    def layout_words(self) -> str:
        """Where the data lie, in a sentence."""
        return str(LAYOUTS[self.layout])

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """Every figure that it has, by the name of its field."""
        for name in self.__struct_fields__:
            if isinstance(value := getattr(self, name), Figure):
                yield name, value


def figure(one: Figure | None) -> float:
    """The value of a figure that the layout asks for."""
    return one.value if one else 0.0


class DevicesFile(Table, frozen=True, kw_only=True):
    """The whole of devices.toml."""

    device: tuple[Device, ...]


@cache
def devices() -> Mapping[str, Device]:
    """All devices by id, in the order of the file. Raises Broken."""
    return read_devices()


def read_devices(path: Path = FILE) -> Mapping[str, Device]:
    """Parse devices.toml. Raises Broken with file and line for a figure whose source nobody knows."""
    found = {device.id: device for device in read_table(path, DevicesFile).device}
    for device in found.values():
        for name, one in device.figures():
            for source in one.sources:
                if source not in sources():
                    line = line_naming(path.read_text("utf-8"), f'id = "{device.id}"', f"[device.{name}]", source)
                    raise Broken(path, line, f"no source is called {source!r}")
    return found
