"""Targets, gaps, the plan, and what happens to a visitor's answers at sign-up."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from accounts.models import User
from career.models import Goal, Reading
from career.roadmap import Plan
from career.targets import FILE, read_targets, targets
from content.broken import Broken
from skills.map import TOP_LEVEL, skill_map
from skills.models import Evidence, Kind
from skills.standing import standings

PASS_PHRASE = "correct horse battery staple"
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


def plan(seniority: str, domain: str, **levels: int) -> Plan:
    evidence = [Evidence(skill=skill.replace("_", "-"), kind=Kind.DECLARED, level=n) for skill, n in levels.items()]
    return Plan.of(Goal(seniority=seniority, domain=domain), standings(evidence))


def test_a_higher_rung_never_asks_for_less() -> None:
    for domain in targets().domains:
        junior, mid, senior = (targets().required(rung, domain) for rung in ("junior", "mid", "senior"))
        for skill in skill_map().skills:
            assert junior.get(skill, 0) <= mid.get(skill, 0) <= senior.get(skill, 0), (domain, skill)


@pytest.mark.parametrize("domain", ["automotive", "mobile", "iot", "camera", "medical"])
def test_a_domain_asks_one_level_more_of_what_it_stresses(domain: str) -> None:
    plain, asked = targets().seniorities["mid"].levels, targets().required("mid", domain)

    assert targets().domains[domain].stresses
    for skill, level in asked.items():
        extra = skill in targets().domains[domain].stresses
        assert level == min(TOP_LEVEL, plain.get(skill, 0) + extra)


def test_gaps_come_prerequisites_first() -> None:
    order = [one.skill.id for one in plan("senior", "iot").gaps]

    for skill in map(skill_map().__getitem__, order):
        assert all(order.index(need) < order.index(skill.id) for need in skill.needs if need in order)


def test_what_is_there_is_no_gap_and_counts_up_to_what_is_asked() -> None:
    nothing = plan("junior", "mobile")
    something = plan("junior", "mobile", number_formats=3, calibration=1)

    assert nothing.levels_reached == 0
    assert something.levels_reached == 2  # one level of each is asked for
    assert "number-formats" not in [one.skill.id for one in something.gaps]
    assert something.fraction == pytest.approx(2 / something.levels_wanted)


def test_the_next_level_is_the_one_above() -> None:
    gap = next(one for one in plan("mid", "mobile", calibration=1).gaps if one.skill.id == "calibration")

    assert gap.next_level == gap.skill.levels[1]


def test_a_level_that_was_only_declared_is_to_be_shown_where_a_challenge_can() -> None:
    declared = plan("junior", "mobile", calibration=1, litert=1)
    measured = Plan.of(
        Goal(seniority="junior", domain="mobile"),
        standings([Evidence(skill="calibration", kind=Kind.MEASURED, level=2, source="submissions/1")]),
    )

    assert [one.skill.id for one in declared.to_show] == ["calibration"]  # no challenge measures the other
    assert measured.to_show == []
    assert measured.skills_measured == 1


@pytest.mark.parametrize(
    ("old", "new"), [("calibration = 1", "calibraton = 1"), ("calibration = 1", "calibration = 7")]
)
def test_a_broken_target_is_told_with_its_line(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(FILE.read_text("utf-8").replace(old, new, 1))

    with pytest.raises(Broken) as caught:
        read_targets(path)

    assert path.read_text().splitlines()[caught.value.line - 1] == new


@pytest.mark.django_db
@both_languages
def test_a_visitor_goes_from_the_inventory_to_a_plan(client: Client, language: str) -> None:
    headers = {"accept-language": language}
    answers = {"calibration": "2", "pruning": "1", "arm": "0"}

    result = client.post("/inventory/", answers, headers=headers)
    goal = client.post("/inventory/result/", {"seniority": "mid", "domain": "camera"}, headers=headers)
    page = client.get("/roadmap/", headers=headers)

    assert result["Location"] == goal["Location"] == "/inventory/result/"
    assert page.status_code == 200
    assert targets().domains["camera"].name[language] in page.content.decode()
    assert not Evidence.objects.exists()


@pytest.mark.django_db
def test_answers_are_there_again_when_the_inventory_is_opened(client: Client) -> None:
    client.post("/inventory/", {"calibration": "2"})

    page = client.get("/inventory/").content.decode()

    assert page.count(" checked") == 1
    assert 'name="calibration" value="2"' in page


@pytest.mark.django_db
def test_what_was_measured_is_not_put_into_a_persons_mouth(signed_in: Client, user: User) -> None:
    baker.make(Evidence, owner=user, skill="calibration", kind=Kind.MEASURED, level=2, source="submissions/1")
    baker.make(Evidence, owner=user, skill="calibration", kind=Kind.DECLARED, level=1, source="inventory")

    assert 'name="calibration" value="1"' in signed_in.get("/inventory/").content.decode().split(" checked")[0][-200:]


@pytest.mark.django_db
def test_an_answer_that_was_not_offered_is_refused_and_the_others_stay(client: Client) -> None:
    page = client.post("/inventory/", {"calibration": "9", "pruning": "1"})

    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert page.content.decode().count(" checked") == 1
    assert "declared" not in client.session


@pytest.mark.django_db
def test_without_a_goal_the_roadmap_asks_for_one(client: Client) -> None:
    answer = client.get("/roadmap/", follow=True)

    assert answer.redirect_chain == [("/inventory/result/", 302)]
    assert 'class="note"' in answer.content.decode()


@pytest.mark.django_db
def test_a_goal_that_is_no_longer_offered_is_no_goal(signed_in: Client, user: User) -> None:
    baker.make(Goal, owner=user, seniority="wizard", domain="camera")

    assert signed_in.get("/roadmap/").status_code == 302


@pytest.mark.django_db
def test_what_a_visitor_did_moves_into_the_new_account(client: Client) -> None:
    client.post("/inventory/", {"calibration": "2", "pruning": "1"})
    client.post("/inventory/result/", {"seniority": "senior", "domain": "medical"})
    client.post("/guide/quantization/read/")

    client.post(
        reverse("account_signup"), {"email": "new@example.com", "password1": PASS_PHRASE, "password2": PASS_PHRASE}
    )

    person = User.objects.get()
    assert {row.skill: row.level for row in Evidence.objects.of(person)} == {"calibration": 2, "pruning": 1}
    assert (person.goal.seniority, person.goal.domain) == ("senior", "medical")
    assert [row.chapter for row in Reading.objects.filter(owner=person)] == ["quantization"]
    assert not {"declared", "goal", "chapters_read"} & set(client.session.keys())


@pytest.mark.django_db
def test_signing_in_keeps_what_the_account_had(client: Client, user: User) -> None:
    baker.make(Evidence, owner=user, skill="arm", kind=Kind.MEASURED, level=2, source="submissions/1")
    baker.make(Reading, owner=user, chapter="pruning")
    client.post("/inventory/", {"arm": "1"})
    client.post("/guide/pruning/read/")

    client.post(reverse("account_login"), {"login": user.email, "password": "a long enough pass phrase"})

    assert Evidence.objects.of(user).count() == 2
    assert Reading.objects.get().chapter == "pruning"


@pytest.mark.django_db
def test_the_plan_moves_when_evidence_comes_in(signed_in: Client, user: User) -> None:
    signed_in.post("/inventory/result/", {"seniority": "mid", "domain": "mobile"})
    before = signed_in.get("/roadmap/").context["plan"].levels_reached

    baker.make(Evidence, owner=user, skill="calibration", kind=Kind.MEASURED, level=2, source="submissions/1")

    assert signed_in.get("/roadmap/").context["plan"].levels_reached == before + 2
