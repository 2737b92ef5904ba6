"""A mock interview from its first question to its result."""

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from model_bakery import baker

from accounts.models import User
from interviews.bank.bank import bank
from interviews.bank.tables import Level
from interviews.grades import Grade
from interviews.mock.models import GRACE, Mock, Step
from interviews.mock.result import Result
from interviews.mock.selection import FOLLOW_UP_S
from skills.models import Evidence, Kind

pytestmark = pytest.mark.django_db
both_languages = pytest.mark.parametrize("language", ["ja", "en"])
ASKED = ("pruning-threshold", "knowledge-distillation-temperature")


@pytest.fixture
def mock(user: User) -> Mock:
    """An interview of two questions that has just begun."""
    return Mock.objects.begin(user, Level.MID, 15, [bank().questions[question] for question in ASKED])


@pytest.fixture
def answer(signed_in: Client, mock: Mock) -> Callable[[str], None]:
    """Write an answer to the current question and go on."""

    def write(text: str) -> None:
        step = mock.current(now())
        assert step
        signed_in.post(f"{mock.get_absolute_url()}{step.position}/leave/", {"revision": step.revision, "text": text})

    return write


def judge(client: Client, mock: Mock, *grades: int) -> int:
    """Say how the answers were, in their order, on the page that follows the last one."""
    client.get(mock.get_absolute_url())
    fields = {f"step-{position}": grade for position, grade in enumerate(grades)}
    return client.post(f"{mock.get_absolute_url()}judge/", fields).status_code


@both_languages
def test_questions_come_one_after_another_each_with_a_follow_up(
    signed_in: Client, mock: Mock, answer: Callable[[str], None], language: str
) -> None:
    shown = []
    while mock.current(now()):
        page = signed_in.get(mock.get_absolute_url(), headers={"accept-language": language}).content.decode()
        shown.append(page)
        answer("something")

    texts = [bank().questions[question].texts[language] for question in ASKED]
    expected = [str(part) for text in texts for part in (text.ask, text.follow_ups[0].ask)]
    assert all(part in page for part, page in zip(expected, shown, strict=True))


def test_the_clock_is_the_servers_and_survives_a_reload(signed_in: Client, mock: Mock) -> None:
    signed_in.get(mock.get_absolute_url())
    Step.objects.filter(mock=mock, position=0).update(shown_at=now() - timedelta(seconds=100))

    left = [int(found) for _ in range(2) for found in re.findall(r'data-left-s="(\d+)"', page_of(signed_in, mock))]

    allowed_s = 60 * bank().questions[ASKED[0]].minutes
    assert len(left) == 2
    assert all(abs(allowed_s - 100 - seconds) <= 2 for seconds in left)


def page_of(client: Client, mock: Mock) -> str:
    """The interview as it stands."""
    return client.get(mock.get_absolute_url()).content.decode()


def test_looking_at_it_again_does_not_restart_a_clock(mock: Mock) -> None:
    begun = now()
    first = mock.current(begun)

    again = mock.current(begun + timedelta(seconds=30))

    assert first
    assert again
    assert (again.pk, again.shown_at) == (first.pk, begun)


def test_when_the_time_is_up_the_next_question_comes_and_the_text_stays(signed_in: Client, mock: Mock) -> None:
    signed_in.get(mock.get_absolute_url())
    signed_in.post(f"{mock.get_absolute_url()}0/save/", {"revision": 0, "text": "half an ans"})
    Step.objects.filter(mock=mock, position=0).update(shown_at=now() - timedelta(hours=1))

    page = page_of(signed_in, mock)

    step = mock.steps.get(position=0)
    assert bank().questions[ASKED[0]].text.follow_ups[0].ask in page
    assert 'class="note"' in page
    assert step.text == "half an ans"
    assert step.left_at == step.deadline


def test_an_answer_that_was_on_its_way_when_the_time_ran_out_counts(signed_in: Client, mock: Mock) -> None:
    signed_in.get(mock.get_absolute_url())
    allowed = timedelta(seconds=mock.steps.get(position=0).allowed_s)
    Step.objects.filter(mock=mock, position=0).update(shown_at=now() - allowed - GRACE / 2)

    signed_in.post(f"{mock.get_absolute_url()}0/leave/", {"revision": 0, "text": "just in time"})

    step = mock.steps.get(position=0)
    assert step.text == "just in time"
    assert step.took_s == step.allowed_s


def test_later_than_that_nothing_is_changed_any_more(signed_in: Client, mock: Mock) -> None:
    signed_in.get(mock.get_absolute_url())
    Step.objects.filter(mock=mock, position=0).update(shown_at=now() - timedelta(hours=1))

    saved = signed_in.post(f"{mock.get_absolute_url()}0/save/", {"revision": 0, "text": "too late"})
    signed_in.post(f"{mock.get_absolute_url()}0/leave/", {"revision": 0, "text": "too late"})

    assert saved.status_code == 410
    assert mock.steps.get(position=0).text == ""


def test_a_double_click_leaves_one_step_only(signed_in: Client, mock: Mock) -> None:
    signed_in.get(mock.get_absolute_url())

    for _ in range(2):
        signed_in.post(f"{mock.get_absolute_url()}0/leave/", {"revision": 0, "text": "answer"})

    assert mock.steps.exclude(left_at=None).count() == 1


def test_of_two_tabs_the_second_shows_both_texts_and_loses_none(signed_in: Client, mock: Mock) -> None:
    signed_in.get(mock.get_absolute_url())
    signed_in.post(f"{mock.get_absolute_url()}0/save/", {"revision": 0, "text": "from one tab"})

    answer = signed_in.post(f"{mock.get_absolute_url()}0/leave/", {"revision": 0, "text": "from the other"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "from one tab" in page
    assert "from the other" in page
    assert 'name="revision" value="1"' in page
    assert mock.steps.get(position=0).left_at is None


def test_only_one_interview_runs_at_a_time(user: User, mock: Mock) -> None:
    assert Mock.objects.begin(user, Level.SENIOR, 60, []) == mock


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_start_at_once_start_one_interview(user: User) -> None:
    barrier, begun = Barrier(2), []

    def begin() -> None:
        barrier.wait()
        begun.append(Mock.objects.begin(user, Level.MID, 15, [bank().questions[ASKED[0]]]).pk)
        connection.close()

    threads = [Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(begun)) == 1
    assert Step.objects.count() == 2


def test_ending_early_judges_what_was_shown(signed_in: Client, mock: Mock, answer: Callable[[str], None]) -> None:
    answer("the first answer")
    signed_in.get(mock.get_absolute_url())

    signed_in.post(f"{mock.get_absolute_url()}end/")

    assert mock.steps.count() == 2
    assert "the first answer" in page_of(signed_in, mock)


@both_languages
def test_answers_are_judged_beside_the_model_answers(
    signed_in: Client, mock: Mock, answer: Callable[[str], None], language: str
) -> None:
    for text in ("A", "B", "C", ""):
        answer(text)

    page = signed_in.get(mock.get_absolute_url(), headers={"accept-language": language}).content.decode()

    for question in ASKED:
        text = bank().questions[question].texts[language]
        assert all(str(part) in page for part in (text.theory, text.project, text.follow_ups[0].answer))
        assert all(str(words) in page for _grade, words in text.rubric)
    assert page.count('type="radio"') == 9  # what was not written is weak, there is nothing to choose


def test_all_answers_have_to_be_judged_and_what_was_chosen_stays(
    signed_in: Client, mock: Mock, answer: Callable[[str], None]
) -> None:
    for _ in range(4):
        answer("text")
    signed_in.get(mock.get_absolute_url())

    page = signed_in.post(f"{mock.get_absolute_url()}judge/", {"step-0": "2"})

    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert page.content.decode().count(" checked") == 1
    assert not Evidence.objects.exists()


def test_the_result_names_weak_skills_with_next_steps_and_leaves_evidence(
    signed_in: Client, user: User, mock: Mock, answer: Callable[[str], None]
) -> None:
    for _ in range(4):
        answer("text")

    status = judge(signed_in, mock, Grade.STRONG, Grade.STRONG, Grade.WEAK, Grade.FAIR)
    page = page_of(signed_in, mock)

    weak = [one.skill.id for one in Result.of(Mock.objects.get()).weak]
    [evidence] = Evidence.objects.of(user)
    assert status == 302
    assert "knowledge-distillation" in weak
    assert "pruning" not in weak
    assert "/interviews/questions/?skill=knowledge-distillation" in page
    assert (evidence.skill, evidence.kind, evidence.level) == ("pruning", Kind.PRACTISED, 2)
    assert signed_in.get(evidence.address).status_code == 200


@pytest.mark.parametrize(
    ("grades", "level"), [((2, 2), 2), ((2, 1), 1), ((1, 1), 1), ((1, 0), 0), ((0, 2), 1), ((0, 0), 0)]
)
def test_a_level_is_shown_by_an_answer_and_its_follow_up(
    signed_in: Client, user: User, grades: tuple[int, int], level: int
) -> None:
    mock = Mock.objects.begin(user, Level.MID, 15, [bank().questions[ASKED[0]]])
    mock.steps.update(text="text", shown_at=now(), left_at=now())
    mock.current(now())

    judge(signed_in, mock, *grades)

    assert [row.level for row in Evidence.objects.of(user)] == ([level] if level else [])


def test_judging_again_replaces_what_was_said_before(signed_in: Client, user: User) -> None:
    mock = Mock.objects.begin(user, Level.MID, 15, [bank().questions[ASKED[0]]])
    mock.steps.update(text="text", shown_at=now(), left_at=now())
    mock.current(now())

    judge(signed_in, mock, 2, 2)
    judge(signed_in, mock, 0, 0)

    assert not Evidence.objects.exists()


def test_the_next_interview_asks_something_else(signed_in: Client, user: User, mock: Mock) -> None:
    mock.steps.update(shown_at=now())
    mock.finish(now())
    signed_in.post("/interviews/mock/", {"level": "2", "minutes": "60"})

    asked = {step.question for step in Mock.objects.get(finished_at=None).steps.all()}

    assert asked
    assert not asked & set(ASKED)


def test_the_history_lists_interviews_with_how_they_were_judged(signed_in: Client, user: User) -> None:
    for grade in (0, 2):
        mock = Mock.objects.begin(user, Level.MID, 15, [bank().questions[ASKED[0]]])
        mock.steps.update(text="text", shown_at=now(), left_at=now())
        mock.current(now())
        judge(signed_in, mock, grade, grade)

    page = signed_in.get("/interviews/mock/").content.decode()

    assert page.index("100 %") < page.index("0 %", page.index("100 %") + 5)  # the newest first


def test_a_question_can_be_answered_by_itself(signed_in: Client) -> None:
    answer = signed_in.post(f"/interviews/mock/question/{ASKED[0]}/")

    mock = Mock.objects.get()
    assert answer["Location"] == mock.get_absolute_url()
    assert [(step.question, step.follow_up) for step in mock.steps.all()] == [(ASKED[0], None), (ASKED[0], 0)]
    assert mock.steps.last().allowed_s == FOLLOW_UP_S  # type: ignore[union-attr]


def test_no_question_that_fits_is_said_and_the_choice_stays(signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interviews.mock.forms.select", lambda *_, **__: [])

    page = signed_in.post("/interviews/mock/", {"level": "3", "minutes": "15", "skills": ["arm"]})

    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert page.content.decode().count(" checked") == 3
    assert not Mock.objects.exists()


def test_a_question_that_was_renamed_since_counts_as_asked(
    user: User, mock: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bank().renamed, "threshold", ASKED[0])  # type: ignore[arg-type]
    mock.steps.filter(question=ASKED[0]).update(question="threshold")

    assert Mock.objects.questions_asked(user) == set(ASKED)


def test_what_was_not_asked_yet_cannot_be_answered(signed_in: Client, mock: Mock) -> None:
    signed_in.get(mock.get_absolute_url())

    answers = [
        signed_in.post(f"{mock.get_absolute_url()}2/{what}/", {"revision": 0, "text": "ahead"})
        for what in ("save", "leave")
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert mock.steps.get(position=2).text == ""


def test_looking_back_writes_nothing(signed_in: Client, mock: Mock) -> None:
    signed_in.get(mock.get_absolute_url())
    mock.finish(now())

    with CaptureQueriesContext(connection) as asked:
        page_of(signed_in, mock)

    assert all(query["sql"].startswith("SELECT") for query in asked)


def test_a_question_that_left_the_bank_is_passed_over(signed_in: Client, mock: Mock) -> None:
    mock.steps.filter(position=0).update(question="gone")

    current = mock.current(now())

    assert current
    assert current.position == 1


def test_somebody_elses_interview_is_not_found(client: Client, mock: Mock) -> None:
    client.force_login(baker.make(User, email="other@example.com"))

    assert client.get(mock.get_absolute_url()).status_code == 404
    assert client.post(f"{mock.get_absolute_url()}end/").status_code == 404
