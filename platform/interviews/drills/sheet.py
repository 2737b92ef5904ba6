"""One problem in front of a reader: what is asked, what was answered, and what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.forms import BoundField
from django.http import QueryDict
from django.utils.safestring import SafeString

from interviews.drills.book import Drill, language
from interviews.drills.forms import AnswerForm
from interviews.drills.marking import Mark, marks
from interviews.drills.problem import Choice


@dataclass(frozen=True, slots=True)
class Line:
    """One value that is asked for: its field, and once it is answered the mark, a remark and the right answer."""

    field: BoundField
    is_choice: bool
    mark: Mark | None
    remark: str
    answer: str


class Sheet:
    """A drill's problem for one seed, and what was sent in, if anything was."""

    def __init__(self, drill: Drill, seed: int, sent: QueryDict | None = None) -> None:
        self.drill, self.seed = drill, seed
        self.problem = drill.problem(seed)
        self.gave_up = sent is not None and "show" in sent
        self.form = AnswerForm(drill, self.problem, None if self.gave_up else sent)

    @cached_property
    def marks(self) -> Mapping[str, Mark]:
        """The verdicts; none before everything is answered in a way that can be read."""
        return marks(self.problem, self.form.cleaned_data) if self.form.is_valid() else {}

    @property
    def is_right(self) -> bool:
        """True if every answer is."""
        return bool(self.marks) and all(mark.is_right for mark in self.marks.values())

    @property
    def is_closed(self) -> bool:
        """True once it was answered or given up: the solution may be seen."""
        return self.gave_up or bool(self.marks)

    @property
    def typed(self) -> Mapping[str, str]:
        """The answers as they were sent."""
        return {name: str(self.form[name].value() or "") for name in self.problem.asked}

    @property
    def statement(self) -> SafeString:
        """What is asked."""
        return self.drill.statement(self.problem)

    @property
    def steps(self) -> Sequence[SafeString]:
        """The worked solution."""
        return self.drill.steps(self.problem)

    @property
    def lines(self) -> Iterator[Line]:
        """Everything that is asked for."""
        for name, asked in self.problem.asked.items():
            words = self.drill.table.asked[name]
            mark, is_choice = self.marks.get(name), isinstance(asked, Choice)
            remark = words.wrong[mark.method][language()] if mark and mark.method else ""
            answer = words.options[asked.value][language()] if isinstance(asked, Choice) else asked.text
            yield Line(self.form[name], is_choice, mark, remark, answer)
