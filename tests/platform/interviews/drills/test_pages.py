"""The pages of the drills, for visitors and for people with an account."""

import re
from collections.abc import Mapping
from html import escape
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from interviews.drills.book import SEEDS, Book, book
from interviews.drills.generators import GENERATORS
from interviews.drills.models import IN_A_ROW, DrillAttempt
from skills.models import Evidence, Kind

pytestmark = pytest.mark.django_db
both_languages = pytest.mark.parametrize("language", ["ja", "en"])
ROOFLINE = "/interviews/drills/roofline/7/"


def right(drill_id: str, seed: int) -> Mapping[str, str]:
    """The answers as the solution prints them."""
    return {name: getattr(asked, "text", asked.value) for name, asked in book()[drill_id].problem(seed).asked.items()}


def solve(client: Client, drill_id: str, seed: int) -> str:
    page = client.post(f"/interviews/drills/{drill_id}/{seed}/", right(drill_id, seed))
    assert page.status_code == 200
    return page.content.decode()


def miss(client: Client, drill_id: str, seed: int) -> None:
    wrong = dict(right(drill_id, seed)) | {"intensity": "123456"}
    assert client.post(f"/interviews/drills/{drill_id}/{seed}/", wrong).status_code == 200


@both_languages
def test_the_list_has_every_drill_by_tier(client: Client, language: str) -> None:
    page = client.get("/interviews/drills/", headers={"accept-language": language}).content.decode()

    for drill in book().drills.values():
        assert f'href="/interviews/drills/{drill.id}/"' in page
        assert escape(drill.table.title[language]) in page
    assert page.count('class="tier"') == len(book().by_tier()) == 4


def test_a_drill_draws_a_fresh_problem_each_time(client: Client) -> None:
    drawn = {client.get("/interviews/drills/roofline/")["Location"] for _ in range(5)}

    assert len(drawn) == 5
    assert all(re.fullmatch(r"/interviews/drills/roofline/\d+/", address) for address in drawn)


@both_languages
@pytest.mark.parametrize("drill_id", GENERATORS)
def test_a_problem_is_solved_by_what_its_solution_prints(client: Client, drill_id: str, language: str) -> None:
    headers = {"accept-language": language}
    address = f"/interviews/drills/{drill_id}/4711/"

    before = client.get(address, headers=headers).content.decode()
    after = client.post(address, right(drill_id, 4711), headers=headers).content.decode()

    assert 'aria-labelledby="solution"' not in before
    assert 'aria-labelledby="solution"' in after
    assert 'class="outcome passed"' in after
    assert 'class="said no"' not in after


@pytest.mark.parametrize("drill_id", GENERATORS)
@pytest.mark.parametrize("answer", ["0", "-7", "123456.789", "1e30"])
def test_any_number_gets_a_verdict(client: Client, drill_id: str, answer: str) -> None:
    answers = {
        name: getattr(asked, "options", [answer])[0] for name, asked in book()[drill_id].problem(3).asked.items()
    }

    page = client.post(f"/interviews/drills/{drill_id}/3/", answers)

    assert page.status_code == 200
    assert 'class="outcome below_gate"' in page.content.decode()


def test_the_problem_is_the_same_in_both_languages(client: Client) -> None:
    figures = [
        sorted(re.findall(r"\d[\d,.]*\d", book()["roofline"].table.statement[language])) for language in ("ja", "en")
    ]
    pages = [client.get(ROOFLINE, headers={"accept-language": language}) for language in ("ja", "en")]

    assert figures[0] == figures[1]
    assert pages[0].context["sheet"].problem == pages[1].context["sheet"].problem


def test_a_wrong_method_is_named_beside_its_answer(client: Client) -> None:
    asked = book()["roofline"].problem(7).asked["intensity"]
    answers = {**right("roofline", 7), "intensity": str(asked.wrong["flop"])}  # type: ignore[union-attr]

    page = client.post(ROOFLINE, answers, headers={"accept-language": "en"}).content.decode()

    assert "it counts two FLOP for each MAC" in page
    assert page.count('class="said no"') == 1
    assert 'class="outcome below_gate"' in page


def test_an_answer_in_another_unit_is_converted(client: Client) -> None:
    time_us = float(right("roofline", 7)["time"].replace(",", ""))

    page = client.post(ROOFLINE, {**right("roofline", 7), "time": f"{time_us / 1000:.9f} ms"}).content.decode()

    assert 'class="outcome passed"' in page


@both_languages
def test_a_wrong_unit_is_refused_and_what_was_typed_stays(signed_in: Client, language: str) -> None:
    answers = {**right("roofline", 7), "time": "12 <b>", "intensity": "3 KiB"}

    page = signed_in.post(ROOFLINE, answers, headers={"accept-language": language})

    text = page.content.decode()
    assert page.status_code == 422
    assert 'value="12 &lt;b&gt;"' in text
    assert 'value="3 KiB"' in text
    assert text.count('aria-invalid="true"') == 2
    assert ("別の量の単位" if language == "ja" else "a unit of something else") in text
    assert 'aria-labelledby="solution"' not in text
    assert not DrillAttempt.objects.exists()


def test_an_answer_that_is_missing_or_not_offered_is_refused(client: Client) -> None:
    assert client.post(ROOFLINE, {"time": "1"}).status_code == 422
    assert client.post(ROOFLINE, {**right("roofline", 7), "bound": "luck"}).status_code == 422


def test_a_visitor_may_solve_and_leaves_nothing(client: Client) -> None:
    solve(client, "roofline", 7)

    assert not DrillAttempt.objects.exists()
    assert not client.session.keys()


def test_the_first_answer_is_kept_and_a_second_is_not(signed_in: Client, user: User) -> None:
    miss(signed_in, "roofline", 7)

    page = solve(signed_in, "roofline", 7)

    row = DrillAttempt.objects.get()
    assert (row.owner, row.drill, row.seed, row.is_right) == (user, "roofline", 7, False)
    assert row.answers["intensity"] == "123456"
    assert "記録には入りません" in page


@pytest.mark.django_db(transaction=True)
def test_a_double_click_stores_one_answer(user: User) -> None:
    barrier, kept = Barrier(2), []

    def click() -> None:
        barrier.wait()
        kept.append(DrillAttempt.objects.keep(user, book()["roofline"], 7, {}, True))
        connection.close()

    threads = [Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(kept) == [False, True]
    assert DrillAttempt.objects.count() == 1


def test_who_looks_at_the_solution_first_cannot_count_the_problem(signed_in: Client) -> None:
    page = signed_in.post(ROOFLINE, {"show": "1", "intensity": "9**9**9"})
    solve(signed_in, "roofline", 7)

    assert page.status_code == 200
    assert 'aria-labelledby="solution"' in page.content.decode()
    assert DrillAttempt.objects.get().is_right is None
    assert DrillAttempt.objects.get().answers == {}


def test_a_problem_that_is_known_says_so(signed_in: Client) -> None:
    solve(signed_in, "roofline", 7)

    page = signed_in.get(ROOFLINE, headers={"accept-language": "en"}).content.decode()

    assert "only the first answer counts" in page


def test_three_right_in_a_row_show_on_the_skill_map(signed_in: Client, user: User) -> None:
    for seed in (1, 2):
        solve(signed_in, "roofline", seed)
    assert not Evidence.objects.exists()

    solve(signed_in, "roofline", 3)

    rows = {row.skill: row for row in Evidence.objects.of(user)}
    assert rows.keys() == {"cost-of-inference", "accelerators"}
    assert {(row.kind, row.level) for row in rows.values()} == {(Kind.PRACTISED, 2)}
    assert signed_in.get(rows["accelerators"].address, follow=True).status_code == 200
    assert rows["accelerators"].address in signed_in.get("/skills/accelerators/").content.decode()


def test_a_slip_begins_the_row_again_and_takes_nothing_away(signed_in: Client) -> None:
    for seed in (1, 2):
        solve(signed_in, "roofline", seed)
    miss(signed_in, "roofline", 3)
    for seed in (4, 5):
        solve(signed_in, "roofline", seed)
    assert not Evidence.objects.exists()

    solve(signed_in, "roofline", 6)
    miss(signed_in, "roofline", 8)

    assert Evidence.objects.count() == 2


def test_the_same_problem_three_times_and_a_seen_solution_show_nothing(signed_in: Client, user: User) -> None:
    for _ in range(IN_A_ROW):
        solve(signed_in, "roofline", 1)
    signed_in.post("/interviews/drills/roofline/2/", {"show": "1"})
    solve(signed_in, "roofline", 3)

    assert DrillAttempt.objects.in_a_row(user, book()["roofline"]) == 2
    assert not Evidence.objects.exists()


def test_solving_the_same_problem_again_does_not_renew_what_it_showed(signed_in: Client) -> None:
    for seed in (1, 2, 3):
        solve(signed_in, "roofline", seed)
    shown = Evidence.objects.latest("recorded_at").recorded_at

    solve(signed_in, "roofline", 3)

    assert Evidence.objects.latest("recorded_at").recorded_at == shown


def test_other_drills_and_other_people_do_not_count_for_the_row(signed_in: Client, user: User) -> None:
    other = User.objects.create_user("other@example.com", "another long pass phrase")
    DrillAttempt.objects.create(owner=other, drill="roofline", seed=9, is_right=True)
    DrillAttempt.objects.create(owner=user, drill="amdahl", seed=9, is_right=True)

    assert DrillAttempt.objects.in_a_row(user, book()["roofline"]) == 0


def test_the_list_shows_ones_own_record(signed_in: Client) -> None:
    solve(signed_in, "roofline", 1)
    miss(signed_in, "roofline", 2)

    page = signed_in.get("/interviews/drills/", headers={"accept-language": "en"}).content.decode()

    assert page.count("1 solved") == 1


def test_a_renamed_drill_keeps_its_address_and_its_record(
    signed_in: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = Book(book().drills, {"roof": "roofline"})
    for module in ("interviews.drills.views", "interviews.drills.models"):
        monkeypatch.setattr(f"{module}.book", lambda: renamed)
    for name in ("roof", "roofline"):
        DrillAttempt.objects.create(owner=user, drill=name, seed=9, is_right=True)

    answer = signed_in.get("/interviews/drills/roof/9/")

    assert (answer.status_code, answer["Location"]) == (301, "/interviews/drills/roofline/9/")
    assert DrillAttempt.objects.records_of(user)["roofline"].solved == 2


def test_what_is_not_there_is_not_found(client: Client) -> None:
    for address in (
        "/interviews/drills/telepathy/",
        "/interviews/drills/telepathy/1/",
        "/interviews/drills/roofline/x/",
    ):
        assert client.get(address).status_code == 404
    assert client.get(f"/interviews/drills/roofline/{SEEDS}/").status_code == 404
    assert client.post(f"/interviews/drills/roofline/{10**30}/").status_code == 404


def test_the_skill_map_offers_the_drills_of_a_skill(client: Client) -> None:
    page = client.get("/skills/cost-of-inference/", headers={"accept-language": "en"}).content.decode()

    assert "Drills" in page
    for drill in book().drills.values():
        assert (drill.get_absolute_url() in page) == ("cost-of-inference" in drill.table.skills)
