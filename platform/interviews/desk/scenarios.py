"""What the desk asks to design: one file for each scenario, both languages, read once."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from career.sources import Source, sources
from challenges.tables import Bilingual, Table
from content.broken import Broken, line_naming
from content.tables import read_table
from interviews.desk.budget import Inputs, Requirements
from interviews.desk.devices import devices
from interviews.grades import Rubric
from skills.map import Skill, skill_map

FOLDER = Path(__file__).parent / "scenarios"


class Section(TextChoices):
    """The parts of a design, in the order of the canvas."""

    REQUIREMENTS = "requirements", _("Requirements")
    MODEL = "model", _("Model")
    COMPRESSION = "compression", _("Compression")
    RUNTIME = "runtime", _("Runtime")
    HARDWARE = "hardware", _("Hardware")
    MEASUREMENT = "measurement", _("Measurement")
    FALLBACK = "fallback", _("When things go wrong")


class SectionTable(Table, frozen=True, kw_only=True):
    """One part of the canvas. `skills` lead on whoever was weak in it."""

    skills: tuple[str, ...]
    prompts: tuple[Bilingual, ...]
    sample: Bilingual
    rubric: Rubric


class Fact(Table, frozen=True, kw_only=True):
    """Where figures of the scenario come from."""

    text: Bilingual
    sources: tuple[str, ...] = ()
    assumed: bool = False

    def __post_init__(self) -> None:
        if bool(self.sources) == self.assumed:
            raise ValueError("a fact has sources or is assumed, one of the two")

    def cited(self) -> Sequence[Source]:
        """Its sources."""
        return [sources()[source] for source in self.sources]


class ScenarioFile(Table, frozen=True, kw_only=True):
    """The whole of one file; its name is the id."""

    order: int
    minutes: int
    skills: tuple[str, ...]
    title: Bilingual
    summary: Bilingual
    story: tuple[Bilingual, ...]
    requirements: Requirements
    start: Inputs
    solution: Inputs
    fact: tuple[Fact, ...]
    section: dict[str, SectionTable]

    def __post_init__(self) -> None:
        if missing := set(Section.values) - self.section.keys():
            raise ValueError(f"sections are missing: {', '.join(sorted(missing))}")
        if unknown := self.section.keys() - set(Section.values):
            raise ValueError(f"no section is called {', '.join(sorted(unknown))}")


class Scenario(ScenarioFile, frozen=True, kw_only=True):
    """A scenario with its id."""

    id: str = ""

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("interviews:desk_scenario", args=[self.id])

    @property
    def evidence_source(self) -> str:
        """Where evidence that comes from it can be seen."""
        return self.get_absolute_url().strip("/")

    def sections(self) -> Sequence[tuple[Section, SectionTable]]:
        """The parts in the order of the canvas."""
        return [(section, self.section[section]) for section in Section]

    def practised(self) -> Sequence[Skill]:
        """The skills that it practises."""
        return [skill_map()[skill] for skill in self.skills]


@cache
def scenarios() -> Mapping[str, Scenario]:
    """All scenarios by id, in the order in which they are offered. Raises Broken."""
    found = sorted(map(read_scenario, files()), key=lambda scenario: scenario.order)
    return {scenario.id: scenario for scenario in found}


def files() -> Sequence[Path]:
    """One for each scenario."""
    return sorted(FOLDER.glob("*.toml"))


def read_scenario(path: Path) -> Scenario:
    """Parse one file. Raises Broken with file and line for whatever names something that is not there."""
    file = read_table(path, ScenarioFile)
    for words, reason in mistakes(file):
        raise Broken(path, line_naming(path.read_text("utf-8"), *words), reason)
    return Scenario(id=path.stem, **{name: getattr(file, name) for name in file.__struct_fields__})


def mistakes(file: ScenarioFile) -> Iterable[tuple[Sequence[str], str]]:
    """(words that lead to the place, why it is wrong)."""
    named: list[tuple[list[str], str]] = [([], skill) for skill in file.skills]
    named += [([f"[section.{name}]"], skill) for name, section in file.section.items() for skill in section.skills]
    for before, skill in named:
        if skill not in skill_map():
            yield [*before, f'"{skill}"'], f"no skill is called {skill!r}"
    for source in {source for fact in file.fact for source in fact.sources} - sources().keys():
        yield [f'"{source}"'], f"no source is called {source!r}"
    yield from mistakes_of("start", file.start)
    yield from mistakes_of("solution", file.solution)


def mistakes_of(table: str, inputs: Inputs) -> Iterable[tuple[Sequence[str], str]]:
    """What is wrong with a set of inputs."""
    device = devices().get(inputs.device)
    if device is None:
        yield [f"[{table}]", "device ="], f"no device is called {inputs.device!r}"
    elif not device.computes(inputs.weight_bits, inputs.activation_bits):
        yield [f"[{table}]", "weight_bits ="], f"{device.id} has no kernels of this width"
