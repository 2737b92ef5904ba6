"""The board of a challenge."""

from collections.abc import Iterable, Iterator

from django.core.paginator import Page, Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.posting import signed_in_to_post
from accounts.views import SignedIn
from boards.forms import NameForm
from boards.front import Point, field_of
from boards.models import Nameplate
from boards.plot import Asked, Plot
from boards.ranking import Board, Ranks, boards
from catalog.card import measured_baseline, rows
from catalog.kernels import kernel_rows
from catalog.views import spec_or_404
from challenges.judge import model_spec
from challenges.kernels.spec import KernelSpec
from challenges.spec import ChallengeSpec, Spec
from submissions.models import Submission
from submissions.standings.models import Standing, StandingQuerySet

PAGE = 50
HISTORY = 20


@require_safe
def board(request: HttpRequest, challenge_id: str) -> HttpResponse:
    """Ranks, the Pareto front, and where the reader stands."""
    spec = spec_or_404(challenge_id)
    known = boards(spec)
    chosen = chosen_board(request.GET.get("board", ""), len(known))
    context: dict[str, object] = {"spec": spec, "boards": known, "chosen": chosen, "targets": targets(spec)}
    if known:
        context["estimated_on"] = estimated_on(spec, known[chosen])
        context |= {"board": known[chosen], **standing_on(request, known[chosen], spec)}
    return render(request, "boards/board.html", context)


def chosen_board(asked: str, count: int) -> int:
    """The one that the reader asks for, by its number in the list; the busiest by default."""
    return int(asked) if asked.isdecimal() and int(asked) < count else 0


def estimated_on(spec: Spec, board: Board) -> str:
    """The device whose estimate is the latency of this board, by its title; "" where it is measured."""
    device = spec.device if isinstance(spec, ChallengeSpec) and board.runtime == "onnx" else None
    return device.title if device else ""


def standing_on(request: HttpRequest, board: Board, spec: Spec) -> dict[str, object]:
    """One page of the ranking, with what is drawn beside it."""
    ranks = board.ranks()
    page = RankedPages(board, ranks).get_page(request.GET.get("page"))
    mine = own(request.user, board) if isinstance(request.user, User) else None
    history = own_history(mine) if mine else []
    return {
        "page": page,
        "ranked": [(ranks.of(row.points), row) for row in in_full(page)],
        "history": history,
        **(place_of(mine, ranks) if mine else {}),
        **({} if isinstance(spec, KernelSpec) else front_of(board, model_spec(spec), mine, history)),
    }


def front_of(
    board: Board, spec: ChallengeSpec, mine: Standing | None, history: Iterable[Submission]
) -> dict[str, object]:
    """The Pareto front, and what is drawn of it. A kernel has none: its cost is all that differs."""
    field = field_of(board)
    own_point = [Point(mine.pk, mine.accuracy, mine.size_bytes, mine.latency)] if mine else []
    earlier = points_of(entry for entry in history if mine and entry.pk != mine.submission_id)
    kinds = [("history", earlier), ("front", field.front), ("baseline", baseline_point(spec)), ("mine", own_point)]
    return {
        "front": field.front,
        "front_key": board.key("drawn"),
        "plot": Plot.of(kinds, asked(spec)),
        **({"dominates": field.dominated_by(mine), "dominated": field.dominating(mine)} if mine else {}),
    }


class RankedPages(Paginator):  # type: ignore[type-arg]  # generic in the stubs, not at run time
    """Pages of a ranking. How many rows there are is known from its bands, which need not be counted each time."""

    def __init__(self, board: Board, ranks: Ranks) -> None:
        super().__init__(board.rows, PAGE)
        self.ranks = ranks

    @cached_property
    def count(self) -> int:
        """As it was a few seconds ago."""
        return self.ranks.count


def in_full(page: Page[Standing]) -> StandingQuerySet:
    """The rows of a page with their owners' names, which far down are found sooner by their keys."""
    keys = list(page.object_list.values_list("pk", flat=True))  # type: ignore[attr-defined]
    return Standing.objects.filter(pk__in=keys).annotate(name=F("owner__nameplate__name")).best_first()


def own(reader: User, board: Board) -> Standing | None:
    """The reader's own row."""
    return board.rows.filter(owner=reader).first()


def place_of(mine: Standing, ranks: Ranks) -> dict[str, object]:
    """Where the reader stands."""
    return {
        "mine": mine,
        "nameplate": Nameplate.objects.filter(owner=mine.owner_id).first(),
        "rank": ranks.of(mine.points),
    }


def own_history(mine: Standing) -> list[Submission]:
    """The reader's last entries that can be compared with the one that counts."""
    alike = {"version": mine.version, "machine": mine.machine, "file_name__iendswith": f".{mine.runtime}"}
    entries = Submission.objects.counting(mine.owner_id, mine.challenge).filter(**alike)
    return list(entries.order_by("-finished_at")[:HISTORY])


def points_of(entries: Iterable[Submission]) -> Iterator[Point]:
    """Where they lie."""
    for entry in entries:
        report = entry.report
        if (measured := report.measured) and (latency := report.counted_latency):
            yield Point(0, measured.accuracy.value, measured.inspection.size_bytes, latency)


def asked(spec: ChallengeSpec) -> Asked:
    """The lines that the plot shows."""
    measured, size = measured_baseline(spec.id), spec.targets.size
    gate = measured.accuracy - spec.targets.max_drop if measured else None
    return Asked(size_bytes=size.par if size else None, accuracy=gate)


def targets(spec: Spec) -> object:
    """What the baseline measures here and what is asked for."""
    if isinstance(spec, KernelSpec):
        return kernel_rows(spec)
    return rows(model_spec(spec).targets, measured_baseline(spec.id))


def baseline_point(spec: ChallengeSpec) -> list[Point]:
    """The baseline among the entries, where it was measured."""
    measured = measured_baseline(spec.id)
    return [Point(0, measured.accuracy, measured.size_bytes, 1.0)] if measured else []


@signed_in_to_post
def name(request: SignedIn, challenge_id: str) -> HttpResponse:
    """Choose a name, or go without one."""
    form = NameForm(request.POST)
    if form.is_valid():
        form.hang_up(request.user)
    return redirect("boards:board", challenge_id)
