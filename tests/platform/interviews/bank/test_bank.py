"""The question bank as it is shipped, walked; and what `manage.py check` says of a broken one."""

import re
from collections import Counter
from html import unescape
from pathlib import Path

import msgspec
import pytest
from django.test import Client
from django.utils.translation import override

from content.broken import Broken
from interviews.bank import bank as bank_module
from interviews.bank.bank import Question, bank
from interviews.bank.checks import the_bank_is_whole
from interviews.bank.rendering import QuestionText
from interviews.bank.tables import FOLDER, Kind, Level, files, mistakes, read_file
from skills.map import skill_map

QUESTIONS = list(bank().questions.values())
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
HREF = re.compile(r'href="([^"]+)"')
each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)


def passages(text: QuestionText) -> list[str]:
    """Every text of a question."""
    follow_ups = [words for one in text.follow_ups for words in (one.ask, one.answer)]
    rubric = [words for _grade, words in text.rubric]
    return [text.title, text.ask, text.gist, text.theory, text.project, *rubric, *follow_ups, *text.mistakes]


def bare(html: str) -> str:
    """The words of a passage, without marks and formulas."""
    return unescape(re.sub(r"<math.*?</math>|<[^>]+>", " ", html, flags=re.DOTALL)).strip()


def test_there_are_enough_questions_of_every_sort() -> None:
    levels = Counter(question.level for question in QUESTIONS)
    kinds = Counter(question.kind for question in QUESTIONS)

    assert len(QUESTIONS) >= 120
    assert levels[Level.SENIOR] >= 40
    assert min(levels[level] for level in Level) >= 20
    assert min(kinds[kind] for kind in Kind) >= 8


def test_every_skill_of_the_map_is_asked_for_on_each_level() -> None:
    for skill in skill_map().skills.values():
        asked = [question for question in QUESTIONS if question.skills[0] is skill]

        assert len(asked) >= 3, skill.id
        assert {question.level for question in asked} == set(Level), skill.id


@each_question
def test_a_question_has_every_part_in_both_languages(question: Question) -> None:
    ja, en = question.texts["ja"], question.texts["en"]

    assert all(bare(words) for words in passages(ja) + passages(en))
    assert [len(ja.rubric), len(en.rubric)] == [3, 3]
    assert len(ja.follow_ups) == len(en.follow_ups) >= 2
    assert len(ja.mistakes) == len(en.mistakes) >= 2
    assert {source.id for source in ja.sources} == {source.id for source in en.sources}
    assert ja.sources
    assert question.read
    assert 2 <= question.minutes <= 15


@each_question
def test_a_question_speaks_the_language_that_it_claims(question: Question) -> None:
    for words in passages(question.texts["ja"]):
        assert JAPANESE.search(words), words
    for words in passages(question.texts["en"]):
        assert not JAPANESE.search(bare(words)), words


@each_question
def test_no_text_of_a_question_is_left_as_markup(question: Question) -> None:
    for language in ("ja", "en"):
        for words in map(bare, passages(question.texts[language])):
            assert not re.search(r"\]\(|\*\*|(?<!\\)\$[^$\d]|\{\{|TODO", words), words


def test_all_links_inside_the_site_are_live(client: Client, db: None) -> None:
    texts = [words for one in QUESTIONS for text in one.texts.values() for words in passages(text)]
    linked = {href for words in texts for href in HREF.findall(words)}
    read = {place.address for question in QUESTIONS for place in question.read}

    inside = {unescape(href).partition("#")[0] for href in linked | read} - {""}

    assert len(read) > 20
    for address in inside:
        assert address.startswith("/"), f"{address} leads away; cite it as a source"
        assert client.get(address).status_code == 200, address


def test_every_number_of_a_source_leads_to_its_source() -> None:
    for question in QUESTIONS:
        for text in question.texts.values():
            cited = re.findall(r'href="#source-([^"]+)"', " ".join(passages(text)))
            assert set(cited) == {source.id for source in text.sources}


@pytest.mark.parametrize(
    ("question_id", "ja", "en"),
    [
        ("mixed-precision-prevent-accuracy-loss", "精度低下", "prevent accuracy loss"),
        ("pruning-threshold", "閾値", "pruning threshold"),
        ("knowledge-distillation-temperature", "温度", "temperature"),
        ("edge-system-design-phone-detector", "スマートフォン", "smartphone"),
    ],
)
def test_the_classic_questions_are_among_them(question_id: str, ja: str, en: str) -> None:
    texts = bank().questions[question_id].texts

    assert ja in bare(texts["ja"].ask)
    assert en in bare(texts["en"].ask).lower()
    assert "career-article" in {source.id for source in texts["en"].sources}


@pytest.mark.parametrize(
    ("language", "pattern"),
    [("en", r"sensitiv.*(high|higher).*(quantiz|hard).*mixed"), ("ja", r"感度.*(高精度|高い精度).*量子化.*混合精度")],
)
def test_the_model_answer_goes_from_sensitivity_to_mixed_precision(language: str, pattern: str) -> None:
    text = bank().questions["mixed-precision-prevent-accuracy-loss"].texts[language]

    assert re.search(pattern, bare(text.gist + text.theory + text.project), re.DOTALL | re.IGNORECASE)


def test_a_question_is_found_by_words_in_the_readers_language() -> None:
    with override("ja"):
        found = bank().search("温度 知識蒸留")
    with override("en"):
        other = bank().search("xylophone")

    assert "knowledge-distillation-temperature" in [question.id for question in found[:3]]
    assert other == []


BREAKS = {
    "no skill is called": ('skills = ["calibration", "', 'skills = ["calibration", "un'),
    "leads nowhere": ('read = ["chapter:quantization', 'read = ["chapter:quantisation'),
    "unknown source": ("](source:", "](source:un"),
    "invalid enum value": ('kind = "', 'kind = "un'),
    "given twice": ('id = "calibration-choosing-images"', 'id = "calibration-does-clipping-pay"'),
}
"""A reason, and what has to be written wrongly for it."""


@pytest.mark.parametrize("reason", BREAKS)
def test_a_broken_question_is_told_with_its_file_and_line(
    reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, (old, new) = tmp_path / "calibration.toml", BREAKS[reason]
    path.write_text((FOLDER / path.name).read_text("utf-8").replace(old, new, 1), "utf-8")
    monkeypatch.setattr("interviews.bank.checks.files", lambda: [path])
    monkeypatch.setattr(bank_module, "files", lambda: [path])
    bank.cache_clear()

    [error] = the_bank_is_whole()

    bank.cache_clear()
    name, line, words = error.msg.split(":", 2)
    assert name == "calibration.toml"
    assert reason.split()[-1] in words.lower() or "leads nowhere" in words
    assert new in path.read_text().splitlines()[int(line) - 1]


def test_every_file_belongs_to_a_skill() -> None:
    assert {path.stem for path in files()} == set(skill_map().skills)


def test_a_question_of_another_skill_is_refused_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "pruning.toml"
    path.write_text((FOLDER / "calibration.toml").read_text("utf-8"), "utf-8")

    with pytest.raises(Broken, match="first skill"):
        read_file(path)


def test_a_question_without_a_follow_up_is_refused() -> None:
    path = FOLDER / "calibration.toml"
    question = msgspec.structs.replace(read_file(path)[0], follow_ups=())

    [(_question, _word, reason)] = mistakes(path, [question])

    assert "follow-up" in reason


def test_a_renamed_question_is_found_by_its_old_id(monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = {"old-name": "pruning-threshold"}
    monkeypatch.setattr(bank_module, "bank", lambda: bank_module.Bank(bank().questions, renamed))

    assert "old-name" in bank_module.bank()
    assert bank_module.bank()["old-name"].id == "pruning-threshold"
    assert bank_module.bank().get("never-was") is None
