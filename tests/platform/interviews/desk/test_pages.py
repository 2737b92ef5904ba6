"""The pages of the desk, for visitors and for people with an account, in both languages."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from interviews.desk.forms import BudgetForm, as_query
from interviews.desk.models import Design
from interviews.desk.scenarios import Scenario, Section, scenarios
from skills.models import Evidence

pytestmark = pytest.mark.django_db
both_languages = pytest.mark.parametrize("language", ["ja", "en"])
each_scenario = pytest.mark.parametrize("scenario", scenarios().values(), ids=lambda scenario: scenario.id)
WAKE_WORD = "/interviews/desk/wake-word/"
SENTENCE = "6 Wh over 8,760 hours make 0.68 mW for everything."
MISSED_FIVE = {"ja": "満たしていない要件：5 件", "en": "Requirements missed: 5"}


def typed(scenario: Scenario, **changed: str) -> dict[str, str]:
    """What a browser sends for the sample's numbers."""
    form = BudgetForm(None, scenario.solution)
    return {field.name: str(field.value()) for field in form} | changed


def texts(**changed: str) -> dict[str, str]:
    """Every part written."""
    return dict.fromkeys(Section.values, SENTENCE) | changed


def grades(grade: int, **changed: int) -> dict[str, int]:
    """Every part judged."""
    return dict.fromkeys(Section.values, grade) | changed


@both_languages
def test_the_list_offers_every_scenario(client: Client, language: str) -> None:
    page = client.get("/interviews/desk/", headers={"accept-language": language}).content.decode()

    for scenario in scenarios().values():
        assert scenario.title[language] in page.replace("&#x27;", "'")
        assert f'href="/interviews/desk/{scenario.id}/"' in page


@both_languages
@each_scenario
def test_a_visitor_reads_story_requirements_prompts_and_a_budget(
    client: Client, scenario: Scenario, language: str
) -> None:
    answer = client.get(scenario.get_absolute_url(), headers={"accept-language": language})

    page = answer.content.decode().replace("&#x27;", "'")
    assert answer.status_code == 200
    assert scenario.story[0][language] in page
    assert scenario.section["model"].prompts[0][language] in page
    assert answer.context["missed"] > 0
    assert "<textarea" not in page
    assert "data-autosave" not in page


def test_an_unknown_scenario_is_not_found(client: Client) -> None:
    assert client.get("/interviews/desk/time-machine/").status_code == 404


@both_languages
def test_the_calculator_answers_a_query(client: Client, language: str) -> None:
    query = as_query(scenarios()["wake-word"].solution)

    start = client.get(WAKE_WORD, headers={"accept-language": language})
    solved = client.get(f"{WAKE_WORD}?{query}", headers={"accept-language": language})

    assert MISSED_FIVE[language] in start.content.decode()
    assert solved.context["missed"] == 0
    assert 'value="2.7 M"' in solved.content.decode()


def test_htmx_gets_the_figures_alone(client: Client) -> None:
    query = as_query(scenarios()["wake-word"].solution)

    answer = client.get(f"{WAKE_WORD}?{query}", headers={"hx-request": "true"})

    assert answer.content.decode().lstrip().startswith('<div id="budget">')
    assert "HX-Request" in answer["Vary"]


@both_languages
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"macs": "many"}, {"ja": "のように入力してください", "en": "Write a quantity such as"}),
        ({"tail": "0.5"}, {"ja": "の範囲で入力してください", "en": "It has to lie between"}),
        ({"device": "edge-tpu", "weight_bits": "32"}, {"ja": "8 ビットまで", "en": "computes with 8 bits at most"}),
        ({"rest_w": "1" * 40}, {"ja": "32", "en": "32"}),
    ],
)
def test_what_cannot_be_computed_is_told_and_kept(
    client: Client, changed: dict[str, str], words: dict[str, str], language: str
) -> None:
    query = typed(scenarios()["wake-word"], **changed)

    answer = client.get(WAKE_WORD, query, headers={"accept-language": language})
    alone = client.get(WAKE_WORD, query, headers={"accept-language": language, "hx-request": "true"})

    for page in (answer.content.decode(), alone.content.decode()):
        assert words[language] in page
        assert 'role="alert"' in page
    assert f'value="{changed.get("macs", "2.7 M")}"' in answer.content.decode()


def test_figures_of_a_device_show_which_are_cited_and_which_assumed(client: Client) -> None:
    page = client.get(WAKE_WORD, headers={"accept-language": "en"}).content.decode()

    known = page[page.index('class="known"') :]
    assert known.count("From a source") == 2
    assert "Assumption of the exercise" in known
    assert "2.6 mA running CoreMark" in known
    assert 'href="https://docs.nordicsemi.com/' in known


@both_languages
def test_every_formula_stands_on_the_page_with_the_readers_numbers(client: Client, language: str) -> None:
    query = as_query(scenarios()["wake-word"].solution)

    page = client.get(f"{WAKE_WORD}?{query}", headers={"accept-language": language}).content.decode()

    assert "2 × 2.7 M ÷ (512 MOPS × 15 %) = 70.3 ms" in page
    assert "8.7 µW + 250 µW + 618 µJ × 4 /s × 15 % = 629 µW" in page
    assert "6 Wh ÷ 629 µW = 397" in page


@pytest.mark.parametrize("address", ["review", "result"])
def test_a_visitor_is_asked_to_sign_in(client: Client, address: str) -> None:
    answer = client.get(f"{WAKE_WORD}{address}/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_a_visitors_save_leads_to_the_sign_in(client: Client) -> None:
    assert client.post(WAKE_WORD, texts())["Location"].startswith("/accounts/login/")
    assert client.post(f"{WAKE_WORD}draft/", texts()).status_code == 403
    assert not Design.objects.exists()


def test_the_button_saves_canvas_and_budget_as_typed(signed_in: Client, user: User) -> None:
    budget = typed(scenarios()["wake-word"], macs="2.5 M")

    answer = signed_in.post(WAKE_WORD, {"revision": "0", **texts(model="line one\r\nline two"), **budget})
    page = signed_in.get(WAKE_WORD).content.decode()

    assert answer["Location"] == WAKE_WORD
    assert Design.objects.get(owner=user).model == "line one\nline two"
    assert SENTENCE in page
    assert 'value="2.5 M"' in page
    assert 'name="revision" value="1"' in page


def test_half_a_number_is_saved_and_told(signed_in: Client, user: User) -> None:
    budget = typed(scenarios()["wake-word"], macs="2.5 M and")

    answer = signed_in.post(WAKE_WORD, {"revision": "0", **texts(), **budget}, headers={"accept-language": "en"})

    assert answer.status_code == 422
    assert "Your design is saved." in answer.content.decode()
    assert Design.objects.get(owner=user).budget["macs"] == "2.5 M and"


@both_languages
def test_of_two_tabs_the_second_overwrites_nothing(signed_in: Client, user: User, language: str) -> None:
    budget = typed(scenarios()["wake-word"])
    signed_in.post(WAKE_WORD, {"revision": "0", **texts(model="from the first tab"), **budget})

    answer = signed_in.post(
        WAKE_WORD,
        {"revision": "0", **texts(model="from the second tab"), **budget},
        headers={"accept-language": language},
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert Design.objects.get(owner=user).model == "from the first tab"
    assert re.search(r"<textarea[^>]*>from the second tab</textarea>", page)
    assert "from the first tab</p>" in page
    assert {"ja": "別のタブで設計が変更されました", "en": "changed in another tab"}[language] in page


def test_saving_again_after_the_conflict_replaces_the_other_version(signed_in: Client, user: User) -> None:
    budget = typed(scenarios()["wake-word"])
    signed_in.post(WAKE_WORD, {"revision": "0", **texts(), **budget})
    conflict = signed_in.post(WAKE_WORD, {"revision": "0", **texts(model="mine"), **budget}).content.decode()
    revision = re.search(r'name="revision" value="(\d+)"', conflict)

    assert revision
    signed_in.post(WAKE_WORD, {"revision": revision[1], **texts(model="mine"), **budget})

    assert Design.objects.get(owner=user).model == "mine"


def test_autosave_answers_with_the_revision_and_refuses_an_old_one(signed_in: Client, user: User) -> None:
    first = signed_in.post(f"{WAKE_WORD}draft/", {"revision": "0", "model": "typed"})
    repeated = signed_in.post(f"{WAKE_WORD}draft/", {"revision": "0", "model": "typed"})
    late = signed_in.post(f"{WAKE_WORD}draft/", {"revision": "0", "model": "other"})

    assert (first.status_code, first.json()) == (200, {"revision": 1})
    assert repeated.status_code == 200
    assert late.status_code == 409
    assert Design.objects.get(owner=user).model == "typed"


def test_a_design_belongs_to_one_person(signed_in: Client, django_user_model: Any) -> None:
    signed_in.post(WAKE_WORD, {"revision": "0", **texts(model="a secret thought")})
    other = Client()
    other.force_login(django_user_model.objects.create_user("other@example.com", "a long enough pass phrase"))

    assert "a secret thought" not in other.get(WAKE_WORD).content.decode()
    assert other.get(f"{WAKE_WORD}review/")["Location"] == WAKE_WORD


def test_there_is_nothing_to_judge_before_a_design_was_begun(signed_in: Client) -> None:
    answers = [signed_in.get(f"{WAKE_WORD}review/"), signed_in.post(f"{WAKE_WORD}review/", grades(2))]

    assert [answer["Location"] for answer in answers] == [WAKE_WORD, WAKE_WORD]
    assert not Design.objects.exists()


def test_a_field_that_the_page_does_not_have_is_not_saved(signed_in: Client, user: User) -> None:
    signed_in.post(f"{WAKE_WORD}draft/", {"revision": "0", "budget": "words", "model": "typed"})

    assert Design.objects.get(owner=user).budget == {}
    assert signed_in.get(WAKE_WORD).status_code == 200


@both_languages
@each_scenario
def test_the_review_shows_ones_own_words_beside_sample_and_rubric(
    signed_in: Client, scenario: Scenario, language: str
) -> None:
    signed_in.post(scenario.get_absolute_url(), {"revision": "0", **texts(hardware="my own words")})

    page = signed_in.get(f"{scenario.get_absolute_url()}review/", headers={"accept-language": language})

    content = page.content.decode().replace("&#x27;", "'")
    assert "my own words" in content
    assert scenario.section["hardware"].sample[language] in content
    assert scenario.section["hardware"].rubric.strong[language] in content
    assert content.count('type="radio"') == 3 * len(Section)


@both_languages
def test_a_part_that_is_not_judged_is_asked_for(signed_in: Client, language: str) -> None:
    signed_in.post(f"{WAKE_WORD}draft/", {"revision": "0", "model": "typed"})
    partly = {name: grade for name, grade in grades(2).items() if name != "model"}

    answer = signed_in.post(f"{WAKE_WORD}review/", partly, headers={"accept-language": language})

    assert answer.status_code == 422
    assert {"ja": "すべての項目を評価", "en": "judge every part"}[language] in answer.content.decode()
    assert answer.content.decode().count(" checked") == 6


def finished(client: Client, given: dict[str, int], budget: dict[str, str] | None = None, **changed: str) -> None:
    """Write, set the budget, judge."""
    sample = typed(scenarios()["wake-word"]) if budget is None else budget
    revision = client.get(WAKE_WORD).context["design"]
    base = revision.revision if revision else 0
    client.post(WAKE_WORD, {"revision": str(base), **texts(**changed), **sample})
    client.post(f"{WAKE_WORD}review/", given)


def levels(user: User) -> dict[str, int]:
    """What speaks for somebody."""
    rows = Evidence.objects.filter(owner=user, source="interviews/desk/wake-word")
    return {row.skill: row.level for row in rows}


@pytest.mark.parametrize(
    ("given", "level"),
    [
        (grades(2), 2),
        (grades(2, model=1, runtime=1), 2),
        (grades(2, model=1, runtime=1, hardware=1), 1),
        (grades(1), 1),
        (grades(1, model=0), 0),
        (grades(0), 0),
    ],
)
def test_the_level_follows_the_rule_of_the_page(
    signed_in: Client, user: User, given: dict[str, int], level: int
) -> None:
    finished(signed_in, given)

    expected = dict.fromkeys(scenarios()["wake-word"].skills, level) if level else {}
    assert levels(user) == expected
    assert Design.objects.get(owner=user).level == level


def test_nothing_counts_while_a_part_is_empty_or_the_budget_misses_something(signed_in: Client, user: User) -> None:
    finished(signed_in, grades(2), runtime="  too short  ")
    assert levels(user) == {}

    finished(signed_in, grades(2), budget=typed(scenarios()["wake-word"], per_second="3"))
    assert levels(user) == {}

    finished(signed_in, grades(2), budget=typed(scenarios()["wake-word"], macs="half a nu"))
    assert levels(user) == {}


def test_a_weaker_second_judgement_takes_the_evidence_back(signed_in: Client, user: User) -> None:
    finished(signed_in, grades(2))
    assert set(levels(user).values()) == {2}

    finished(signed_in, grades(0))

    assert levels(user) == {}


@both_languages
def test_the_result_names_the_weakest_parts_and_what_to_learn(signed_in: Client, language: str) -> None:
    finished(signed_in, grades(2, compression=0))

    page = signed_in.get(f"{WAKE_WORD}result/", headers={"accept-language": language})

    with translation.override(language):
        assert str(Section.COMPRESSION.label) in page.content.decode()
    assert [section for section, _ in page.context["outcome"].weakest] == [Section.COMPRESSION]
    assert [skill.id for skill, _ in page.context["steps"]] == [
        "post-training-quantization",
        "low-bit-weights",
        "calibration",
    ]


def test_the_result_says_that_the_design_changed_since(signed_in: Client) -> None:
    finished(signed_in, grades(2))
    before = signed_in.get(f"{WAKE_WORD}result/", headers={"accept-language": "en"}).content.decode()
    signed_in.post(f"{WAKE_WORD}draft/", {"revision": "1", "model": "another idea altogether"})

    after = signed_in.get(f"{WAKE_WORD}result/", headers={"accept-language": "en"}).content.decode()

    assert "You have changed the design" not in before
    assert "You have changed the design" in after


def test_there_is_no_result_before_a_judgement(signed_in: Client) -> None:
    assert signed_in.get(f"{WAKE_WORD}result/")["Location"] == WAKE_WORD


def test_starting_over_empties_the_design_and_outdates_open_tabs(signed_in: Client, user: User) -> None:
    finished(signed_in, grades(2))

    signed_in.post(f"{WAKE_WORD}again/")
    late = signed_in.post(f"{WAKE_WORD}draft/", {"revision": "1", "model": "from an old tab"})

    design = Design.objects.get(owner=user)
    assert (design.texts, design.budget, design.grades) == (dict.fromkeys(Section.values, ""), {}, {})
    assert late.status_code == 409
    assert set(levels(user).values()) == {2}


def test_the_evidence_leads_to_a_page_that_opens(signed_in: Client, user: User) -> None:
    finished(signed_in, grades(2))

    address = Evidence.objects.filter(owner=user).first()

    assert address is not None
    assert signed_in.get(address.address).status_code == 200
