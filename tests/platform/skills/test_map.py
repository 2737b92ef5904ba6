"""The skill map as it is, and what is refused."""

from pathlib import Path

import pytest
from django.core.checks import run_checks

from content.broken import Broken
from skills.map import FILE, read_map, skill_map


def rewritten(tmp_path: Path, old: str, new: str) -> Path:
    text = FILE.read_text("utf-8")
    assert text.count(old) >= 1
    path = tmp_path / "skills.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_there_are_about_25_skills_in_five_tiers() -> None:
    assert [tier.id for tier in skill_map().tiers] == ["foundations", "techniques", "runtimes", "hardware", "delivery"]
    assert 23 <= len(skill_map().skills) <= 30
    assert all(len(skill_map().of_tier(tier)) >= 3 for tier in skill_map().tiers)


def test_every_level_says_something_of_its_own_in_both_languages() -> None:
    for language in ("ja", "en"):
        said = [words[language] for skill in skill_map().skills.values() for words in skill.levels]
        assert all(said)
        assert len(set(said)) == len(said)


def test_nothing_is_learned_before_what_it_needs() -> None:
    order = [skill.id for skill in skill_map().ordered()]

    assert sorted(order) == sorted(skill_map().skills)
    for skill in skill_map().skills.values():
        assert all(order.index(need) < order.index(skill.id) for need in skill.needs)


def test_an_old_id_leads_to_the_skill_of_today() -> None:
    assert skill_map()["cross-layer-equalisation"].id == "quantization-robustness"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('needs = ["deep-learning-basics"]', 'needs = ["telepathy"]', "no skill is called 'telepathy'"),
        ('tier = "techniques"', 'tier = "magic"', "no tier is called 'magic'"),
        ("needs = []", 'needs = ["cost-of-inference"]', "circle"),
        ('id = "number-formats"', 'id = "deep-learning-basics"', "twice"),
    ],
)
def test_a_broken_map_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = rewritten(tmp_path, old, new)

    with pytest.raises(Broken, match=reason) as caught:
        read_map(path)

    line = path.read_text().splitlines()[caught.value.line - 1]
    assert new.split("=")[0].strip() in line


def test_the_check_of_the_site_finds_nothing() -> None:
    assert run_checks() == []
