"""Questions that a graded report raises, with answers computed from it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override
from model_bakery import baker

from accounts.models import User
from content.broken import Broken
from grader.report import LayerFacts, NodeFacts, Report
from interviews.grades import Grade
from interviews.own.facts import FACTS
from interviews.own.models import OwnAnswer
from interviews.own.questions import FILE, questions_on, read_tables
from skills.models import Evidence, Kind
from submissions.example import example
from submissions.models import Status, Submission
from tests.grader.reports import on_device

both_languages = pytest.mark.parametrize("language", ["ja", "en"])
CONVOLUTIONS = 10


def report(**inspection: object) -> Report:
    """The example report with other findings in its graph."""
    shown = example().report
    assert shown.measured
    measured = replace(shown.measured, inspection=replace(shown.measured.inspection, **inspection))
    return replace(shown, measured=measured)


def with_measured(**fields: object) -> Report:
    """The example report with other measurements."""
    shown = example().report
    assert shown.measured
    return replace(shown, measured=replace(shown.measured, **fields))


def by_the_clock(shown: Report) -> Report:
    """It, as if its points for latency rested on what was measured."""
    assert shown.score
    return replace(shown, score=replace(shown.score, parts=tuple(replace(p, device="") for p in shown.score.parts)))


def asked(shown: Report, language: str = "en") -> dict[str, tuple[str, str]]:
    """Question and answer, by id."""
    with override(language):
        return {question.id: (question.ask, question.answer) for question in questions_on(shown)}


def nodes(floats: int) -> tuple[NodeFacts, ...]:
    """Convolutions, the first of them in float."""
    integer = [NodeFacts(name=f"c{n}", op="QLinearConv", precision="int8") for n in range(floats, CONVOLUTIONS)]
    return (*(NodeFacts(name=f"c{n}", op="FusedConv", precision="float") for n in range(floats)), *integer)


def test_float_layers_are_counted_and_named() -> None:
    ask, answer = asked(report(nodes=nodes(3)))["float-layers"]

    assert "Of the 10 nodes" in ask
    assert "3 ran in float" in ask
    assert "c0 (FusedConv), c1 (FusedConv), c2 (FusedConv)" in answer


@pytest.mark.parametrize(("floats", "expected"), [(0, "all-integer"), (3, "float-layers"), (10, None)])
def test_a_report_is_asked_either_about_float_layers_or_about_their_absence(floats: int, expected: str | None) -> None:
    found = asked(report(nodes=nodes(floats))).keys() & {"all-integer", "float-layers"}

    assert found == ({expected} if expected else set())


def test_the_share_that_was_accelerated_follows_amdahls_law() -> None:
    shown = example().report
    assert shown.measured
    halved = with_measured(latency=replace(shown.measured.latency, ratio=0.5, interval=(0.49, 0.51)))
    _, answer = asked(by_the_clock(halved))["less-than-four-times"]

    shares = [int(share) / 100 for share in re.findall(r"(\d+)\s%", answer)]

    accelerated, rest = shares[0], shares[1]
    assert accelerated / 4 + rest == pytest.approx(0.5, abs=0.01)


def test_a_model_that_is_no_faster_is_asked_why() -> None:
    shown = example().report
    assert shown.measured
    slower = with_measured(latency=replace(shown.measured.latency, ratio=1.2, interval=(1.1, 1.3)))

    found = asked(by_the_clock(slower))

    assert "×1.200" in found["not-faster"][0]
    assert "less-than-four-times" not in found


@pytest.mark.parametrize(
    ("interval", "expected"),
    [((-0.001, 0.003), "unclear-change"), ((0.001, 0.005), "clear-drop"), ((-0.005, -0.001), "clear-gain")],
)
def test_whether_the_drop_is_clear_is_read_off_its_interval(interval: tuple[float, float], expected: str) -> None:
    shown = example().report
    assert shown.measured
    found = asked(with_measured(accuracy=replace(shown.measured.accuracy, drop=0.002, drop_interval=interval)))

    [question] = found.keys() & {"clear-drop", "clear-gain", "unclear-change"}

    assert question == expected
    assert "5,000" in found[expected][1]


def test_four_times_the_items_halve_the_interval() -> None:
    _, answer = asked(example().report)["unclear-change"]

    assert "20,000" in answer


def test_the_bytes_of_the_ledger_add_up_to_the_file() -> None:
    _, answer = asked(example().report)["ledger"]

    sizes = [float(size) * (1024 if unit == "KiB" else 1) for size, unit in re.findall(r"([\d.]+) (KiB|B)\b", answer)]

    assert example().report.measured
    assert sum(sizes) == pytest.approx(example().report.measured.inspection.size_bytes, rel=0.001)


@pytest.mark.parametrize(("memory", "kind"), [(18_816, "memory-like-the-width"), (75_264, "memory-unlike-the-width")])
def test_the_peak_of_activations_is_asked_about_by_what_it_did(memory: int, kind: str) -> None:
    found = asked(report(memory_bytes=memory)).keys() & {"memory-like-the-width", "memory-unlike-the-width"}

    assert found == {kind}


def test_zeros_are_asked_about_with_what_a_bitmask_would_take() -> None:
    layer = LayerFacts(name="w", op="Conv", dtype="int8", bits=8, elements=8000, zeros=4000)

    _, answer = asked(report(layers=(layer,)))["zeros"]

    assert "7.8 KiB" in answer  # dense: 8,000 bytes
    assert "1000 B" in answer  # the mask: 8,000 bits
    assert "4.9 KiB" in answer  # mask and 4,000 values


def test_few_zeros_and_no_dead_pairs_raise_no_question() -> None:
    assert not {"zeros", "dead-pairs"} & asked(example().report).keys()
    assert "dead-pairs" in asked(report(dead_qdq=2))


def test_a_rejected_entry_raises_no_question() -> None:
    assert questions_on(replace(example().report, measured=None)) == []


@both_languages
def test_every_question_can_be_asked_and_leaves_no_gap(language: str) -> None:
    shown = example().report
    assert shown.measured
    layer = LayerFacts(name="w", op="Conv", dtype="int8", bits=8, elements=8000, zeros=4000)
    clear = replace(shown.measured.accuracy, drop=0.004, drop_interval=(0.001, 0.007))
    slower = replace(shown.measured.latency, ratio=1.2, interval=(1.1, 1.3))
    odd = replace(shown.measured.inspection, nodes=nodes(3), dead_qdq=2, memory_bytes=75_264, layers=(layer,))
    weak = replace(shown, score=replace(shown.score, parts=tuple(replace(p, points=1.0) for p in shown.score.parts)))  # type: ignore[union-attr,type-var,arg-type]

    other = replace(weak, measured=replace(shown.measured, inspection=odd, accuracy=clear, latency=slower))
    better = with_measured(accuracy=replace(clear, drop=-0.004, drop_interval=(-0.007, -0.001)))
    part = replace(shown.score.parts[-1], device="Raspberry Pi 5")  # type: ignore[union-attr]
    on_pi5 = with_measured(devices=(on_device(0.3),))
    on_pi5 = replace(on_pi5, score=replace(shown.score, parts=(part,)))  # type: ignore[type-var]
    timed = by_the_clock(with_measured(latency=replace(slower, ratio=0.5, interval=(0.49, 0.51))))
    reports = shown, by_the_clock(other), better, timed, on_pi5
    found = {name: text for report in reports for name, text in asked(report, language).items()}

    assert found.keys() == FACTS.keys()
    for texts in found.values():
        assert not any("{" in text or "}" in text for text in texts)


def test_a_question_that_nothing_computes_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "questions.toml"
    path.write_text(FILE.read_text("utf-8").replace('id = "ledger"', 'id = "legder"'), "utf-8")

    with pytest.raises(Broken, match="legder") as caught:
        read_tables(path)

    assert path.read_text().splitlines()[caught.value.line - 1] == 'id = "legder"'


@pytest.fixture
def graded(user: User) -> Submission:
    """A submission of theirs whose report is the example."""
    return baker.make(
        Submission,
        owner=user,
        challenge="int8_fashion",
        status=Status.GRADED,
        result="passed",
        report_json=example().report.to_json().decode(),
    )


@both_languages
@pytest.mark.django_db
def test_the_questions_on_the_example_are_open_to_everybody(client: Client, language: str) -> None:
    page = client.get("/interviews/own/example/", headers={"accept-language": language}).content.decode()

    for ask, _answer in asked(example().report, language).values():
        assert ask.replace("'", "&#x27;") in page


def test_an_answer_is_compared_judged_and_becomes_evidence(signed_in: Client, user: User, graded: Submission) -> None:
    address = f"/interviews/own/{graded.pk}/ledger/"
    before = signed_in.get(address).content.decode()
    signed_in.post(f"{address}compare/", {"revision": "0", "text": "Scales stay float32."})
    after = signed_in.get(address).content.decode()
    signed_in.post(f"{address}judge/", {"grade": str(Grade.STRONG)})

    [evidence] = Evidence.objects.of(user)
    answer = asked(example().report, "ja")["ledger"][1]
    assert answer not in before
    assert answer in after
    assert "Scales stay float32." in after
    assert (evidence.skill, evidence.kind, evidence.level) == ("number-formats", Kind.PRACTISED, 1)
    assert signed_in.get(evidence.address).status_code == 200


def test_looking_at_a_question_writes_nothing(signed_in: Client, graded: Submission) -> None:
    signed_in.get(f"/interviews/own/{graded.pk}/ledger/")

    assert not OwnAnswer.objects.exists()


def test_what_is_typed_is_saved_from_the_first_word_on(signed_in: Client, graded: Submission) -> None:
    saved = signed_in.post(f"/interviews/own/{graded.pk}/ledger/save/", {"revision": "0", "text": "Scales"})

    assert (saved.status_code, saved.json()) == (200, {"revision": 1})
    assert OwnAnswer.objects.get().text == "Scales"


def test_an_empty_answer_is_weak_whatever_one_says(signed_in: Client, user: User, graded: Submission) -> None:
    address = f"/interviews/own/{graded.pk}/ledger/"
    signed_in.get(address)
    signed_in.post(f"{address}compare/", {"revision": "0", "text": "  "})
    signed_in.post(f"{address}judge/", {"grade": str(Grade.STRONG)})

    assert OwnAnswer.objects.get().grade == Grade.WEAK
    assert not Evidence.objects.exists()


def test_a_compared_answer_can_no_longer_be_changed(signed_in: Client, graded: Submission) -> None:
    address = f"/interviews/own/{graded.pk}/ledger/"
    signed_in.get(address)
    signed_in.post(f"{address}compare/", {"revision": "0", "text": "mine"})

    saved = signed_in.post(f"{address}save/", {"revision": "1", "text": "copied from the model answer"})
    signed_in.post(f"{address}compare/", {"revision": "1", "text": "copied from the model answer"})

    assert saved.status_code == 410
    assert OwnAnswer.objects.get().text == "mine"


def test_a_grade_that_does_not_exist_is_refused(signed_in: Client, graded: Submission) -> None:
    address = f"/interviews/own/{graded.pk}/ledger/"
    signed_in.get(address)
    signed_in.post(f"{address}compare/", {"revision": "0", "text": "mine"})

    page = signed_in.post(f"{address}judge/", {"grade": "7"})

    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()


def test_a_model_cannot_write_markup_into_its_questions(signed_in: Client, graded: Submission) -> None:
    bad = NodeFacts(name="<script>alert(1)</script>[x](javascript:alert(1))", op="Conv", precision="float")
    data = report(nodes=(bad, *nodes(0))).to_json().decode()
    Submission.objects.filter(pk=graded.pk).update(report_json=data)
    address = f"/interviews/own/{graded.pk}/float-layers/"
    signed_in.get(address)
    signed_in.post(f"{address}compare/", {"revision": "0", "text": "mine"})

    page = signed_in.get(address).content.decode()

    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_question_that_the_report_does_not_raise_is_not_found(signed_in: Client, graded: Submission) -> None:
    assert signed_in.get(f"/interviews/own/{graded.pk}/dead-pairs/").status_code == 404
    assert signed_in.get(f"/interviews/own/{graded.pk}/nonsense/").status_code == 404


def test_somebody_elses_report_is_not_asked_about(client: Client, graded: Submission) -> None:
    client.force_login(baker.make(User, email="other@example.com"))

    assert client.get(f"/interviews/own/{graded.pk}/").status_code == 404
    assert client.get(f"/interviews/own/{graded.pk}/ledger/").status_code == 404


def test_without_a_report_the_example_is_offered(signed_in: Client) -> None:
    assert "/interviews/own/example/" in signed_in.get("/interviews/own/").content.decode()
