"""The pages of the skill map."""

import pytest
from django.test import Client
from model_bakery import baker

from accounts.models import User
from skills.map import skill_map
from skills.materials import materials_for
from skills.models import Evidence, Kind

pytestmark = pytest.mark.django_db
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


@both_languages
def test_the_map_names_every_skill_and_links_it(client: Client, language: str) -> None:
    page = client.get("/skills/", headers={"accept-language": language}).content.decode()

    for skill in skill_map().skills.values():
        assert page.count(f'href="/skills/{skill.id}/"') == 2  # in the drawing and in the list
        assert skill.name[language].replace("&", "&amp;") in page


@both_languages
@pytest.mark.parametrize("skill_id", skill_map().skills)
def test_a_skill_says_what_its_levels_mean_and_where_to_learn_it(client: Client, skill_id: str, language: str) -> None:
    page = client.get(f"/skills/{skill_id}/", headers={"accept-language": language})

    text = page.content.decode()
    assert page.status_code == 200
    assert text.count("<li>") >= 3
    assert skill_map()[skill_id].practice[language][:20] in text


def test_every_skill_is_taught_by_a_chapter_or_measured_by_a_challenge() -> None:
    assert [skill_id for skill_id, skill in skill_map().skills.items() if not materials_for(skill)] == []


def test_an_old_address_leads_to_the_new_one(client: Client) -> None:
    answer = client.get("/skills/cross-layer-equalisation/")

    assert (answer.status_code, answer["Location"]) == (301, "/skills/quantization-robustness/")


def test_an_unknown_skill_is_not_found(client: Client) -> None:
    assert client.get("/skills/telepathy/").status_code == 404


def test_a_person_sees_their_own_evidence_and_nobody_elses(signed_in: Client, user: User) -> None:
    baker.make(Evidence, owner=user, skill="arm", kind=Kind.MEASURED, level=2, source="submissions/mine")
    baker.make(Evidence, owner=baker.make(User), skill="arm", kind=Kind.MEASURED, level=3, source="submissions/theirs")

    page = signed_in.get("/skills/arm/").content.decode()

    assert "/submissions/mine/" in page
    assert "theirs" not in page
