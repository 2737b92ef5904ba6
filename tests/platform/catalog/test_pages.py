"""What a reader learns about a challenge before handing anything in."""

import io
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import cache, caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from catalog.card import NotMeasured, _measured, rows
from catalog.card import measured_baseline as measured
from catalog.checks import challenges_are_whole
from catalog.demands import demands
from catalog.quantities import file_size
from catalog.templatetags.figures import extensions
from challenges.datasets import fashion_mnist
from challenges.registry import FOLDER, catalogue, everything
from challenges.spec import ChallengeSpec
from content.brief import to_html
from grader.challenge import Baseline
from grader.errors import ChallengeBroken
from submissions.models import Submission, Trial

pytestmark = pytest.mark.django_db
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


def page(client: Client, name: str, language: str, *arguments: str) -> str:
    """A page of the catalogue."""
    answer = client.get(reverse(f"catalog:{name}", args=arguments), headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


@both_languages
def test_the_list_names_every_challenge(client: Client, language: str) -> None:
    text = page(client, "challenges", language)

    for spec in catalogue().values():
        assert spec.title[language] in text


@both_languages
@pytest.mark.parametrize("challenge_id", sorted(catalogue()))
def test_a_challenge_states_baseline_gate_par_and_weights(client: Client, challenge_id: str, language: str) -> None:
    spec = catalogue()[challenge_id]

    text = page(client, "challenge", language, challenge_id)

    assert "92.00 %" in text  # the baseline's accuracy
    assert f"{92 - 100 * spec.targets.max_drop:.2f} %" in text  # the gate
    for name in ("size", "memory", "latency"):
        if target := getattr(spec.targets, name):
            assert f"{100 * target.weight:.0f} %" in text
    if spec.targets.latency:
        assert f"×{spec.targets.latency.par:.3f}" in text


@both_languages
def test_limits_are_told_before_the_upload(signed_in: Client, spec: ChallengeSpec, language: str) -> None:
    text = page(signed_in, "challenge", language, spec.id)

    assert f"{spec.rules.max_bytes / 2**20:.2f} MiB" in text
    assert "20 / 20" in text
    assert f'accept="{extensions(spec.rules.formats)}"' in text
    assert 'name="upload_key"' in text


@both_languages
def test_a_stranger_reads_the_brief_and_is_asked_to_sign_in(client: Client, spec: ChallengeSpec, language: str) -> None:
    text = page(client, "challenge", language, spec.id)

    assert "<h2>" in text
    assert f"/accounts/login/?next=/challenges/{spec.id}/" in text
    assert 'type="file"' not in text


@pytest.mark.parametrize("reason", [NotMeasured(), ChallengeBroken("dataset_altered", dataset="d", file="f")])
def test_an_unmeasured_baseline_is_admitted(
    client: Client, spec: ChallengeSpec, monkeypatch: pytest.MonkeyPatch, reason: Exception
) -> None:
    def refuse(_: str) -> Baseline:
        raise reason

    monkeypatch.setattr("catalog.card._measured", refuse)

    assert "has not been measured" in page(client, "challenge", "en", spec.id)


def test_a_page_shows_a_baseline_that_was_measured_and_measures_none(
    spec: ChallengeSpec, measured_baseline: Baseline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr("catalog.card.kept_baseline", lambda *_: None)
    before = measured(spec.id)
    monkeypatch.setattr("catalog.card.kept_baseline", lambda *_: measured_baseline)
    soon = measured(spec.id)
    cache.clear()  # as after half a minute
    after = measured(spec.id)
    _measured.cache_clear()

    assert (before, soon) == (None, None)
    assert after is measured_baseline


@both_languages
def test_the_starter_kit_is_an_archive_in_the_readers_language(
    client: Client, spec: ChallengeSpec, language: str
) -> None:
    answer = client.get(reverse("catalog:starter", args=[spec.id]), headers={"accept-language": language})

    kit = zipfile.ZipFile(io.BytesIO(answer.content))
    assert kit.testzip() is None
    assert any(name.endswith("baseline.onnx") for name in kit.namelist())
    assert answer["Content-Disposition"] == f'attachment; filename="{spec.id}-starter.zip"'


@pytest.mark.parametrize("name", ["challenge", "starter"])
def test_an_unknown_challenge_is_not_found(client: Client, name: str) -> None:
    assert client.get(reverse(f"catalog:{name}", args=["nothing"])).status_code == 404


@both_languages
def test_gold_stands_beside_par(client: Client, spec: ChallengeSpec, language: str) -> None:
    gold = spec.targets.gold
    assert gold
    assert gold.size

    text = page(client, "challenge", language, spec.id)

    assert {"ja": "ゴールドの精度基準", "en": "Gate for gold"}[language] in text
    assert file_size(gold.size) in text
    assert f"{92 - 100 * gold.max_drop:.2f} %" in text


@both_languages
def test_rules_that_the_graph_proves_are_told_beforehand(client: Client, spec: ChallengeSpec, language: str) -> None:
    assert {"ja": "重みはすべてベースラインのもの", "en": "Every weight is one of the baseline"}[language] in page(
        client, "challenge", language, spec.id
    )


def test_every_rule_has_its_sentence(spec: ChallengeSpec) -> None:
    bound = replace(
        spec.rules,
        weights="float",
        topology="baseline",
        size_band=0.1,
        max_parameters=50_000,
        max_macs=2_000_000,
        max_memory_bytes=24_576,
        min_int8_macs=0.9,
        max_latency=1.5,
    )

    with override("en"):
        told = demands(bound)

    assert len(told) == 8
    for figure in ("10 %", "50,000", "2,000,000", "24.0 KiB", "90 %", "×1.500"):
        assert any(figure in sentence for sentence in told)


@both_languages
def test_hints_open_one_inside_the_other(client: Client, spec: ChallengeSpec, language: str) -> None:
    hints = spec.lessons().hints

    text = page(client, "challenge", language, spec.id)

    inside = text[text.index('<details class="staged">') :]
    assert inside[: inside.index("</details>")].count("<summary>") == len(hints)


@both_languages
@pytest.mark.parametrize("challenge_id", sorted(catalogue()))
def test_the_list_shows_what_each_challenge_trains(client: Client, challenge_id: str, language: str) -> None:
    text = page(client, "challenges", language)

    for skill in catalogue()[challenge_id].skills:
        assert f'href="/skills/{skill}/"' in text


@pytest.fixture
def without_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of the data set is on this machine."""
    monkeypatch.setattr("challenges.datasets.fashion_mnist.DEBIAN_FOLDER", Path("/nowhere"))
    fashion_mnist._file.cache_clear()


@both_languages
@pytest.mark.usefixtures("without_data")
def test_a_challenge_without_its_data_says_how_to_get_it(signed_in: Client, spec: ChallengeSpec, language: str) -> None:
    text = page(signed_in, "challenge", language, spec.id)

    assert "karui fetch" in text
    assert "dataset-fashion-mnist" in text
    assert 'type="file"' not in text
    assert "starter.zip" not in text
    assert spec.lessons().hints
    assert "karui fetch" in page(signed_in, "challenges", language)


@both_languages
@pytest.mark.usefixtures("without_data")
def test_the_list_says_once_what_several_challenges_wait_for(client: Client, language: str) -> None:
    text = page(client, "challenges", language)

    waiting = text[text.index('<section class="note"') : text.index("</section>")]
    assert waiting.count("dataset-fashion-mnist") == 1
    for each in catalogue().values():
        assert (reverse("catalog:challenge", args=[each.id]) in waiting) == (each.dataset.startswith("fashion"))


@pytest.mark.usefixtures("without_data")
def test_without_its_data_nothing_is_handed_out_or_taken_in(
    signed_in: Client, spec: ChallengeSpec, model_file: SimpleUploadedFile
) -> None:
    kit = signed_in.get(reverse("catalog:starter", args=[spec.id]))
    answers = [
        signed_in.post(reverse(f"submissions:{name}", args=[spec.id]), {"file": model_file, "upload_key": uuid4()})
        for name in ("upload", "climb")
    ]

    assert kit.status_code == 404
    for answer in answers:
        assert answer.status_code == 422
        assert "karui fetch" in answer.content.decode()
    assert not Submission.objects.exists()
    assert not Trial.objects.exists()


@pytest.mark.usefixtures("without_data")
@pytest.mark.parametrize("address", ["/", "/guide/", "/skills/", "/submissions/", "/submissions/example/"])
def test_the_rest_of_the_site_works_without_data(signed_in: Client, address: str) -> None:
    assert signed_in.get(address).status_code == 200


def test_the_card_puts_each_target_beside_the_baseline(spec: ChallengeSpec, measured_baseline: Baseline) -> None:
    card = {row.name: row for row in rows(spec.targets, measured_baseline)}

    assert card["size"].baseline == measured_baseline.size_bytes
    assert card["latency"].baseline == 1.0
    assert sum(row.weight for row in card.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("markdown", "gone"),
    [
        ("<script>alert(1)</script>", "<script"),
        ('<img src="https://elsewhere.example/x.png">', "<img"),
        ("[x](javascript:alert(1))", 'href="javascript'),
        ('<p style="color:red" onclick="x()">t</p>', "onclick"),
    ],
)
def test_a_brief_can_neither_act_nor_load(markdown: str, gone: str) -> None:
    assert gone not in to_html(markdown)


def test_a_brief_gives_its_title_to_the_page() -> None:
    assert to_html("# Title\n\nText with a table\n\n|a|\n|-|\n|1|\n").startswith("<p>Text")
    assert "<table>" in to_html("|a|\n|-|\n|1|\n")


def test_a_broken_challenge_is_found_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ChallengeBroken("challenge_incomplete", challenge="int8_fashion", file="brief.ja.md")

    monkeypatch.setattr("catalog.checks.everything", refuse)

    assert "brief.ja.md" in challenges_are_whole()[0].msg
    monkeypatch.undo()
    assert challenges_are_whole() == []


def test_a_skill_that_the_map_does_not_know_is_told_with_file_and_line(
    spec: ChallengeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "catalog.checks.everything", lambda: {spec.id: replace(spec, skills=("calibration", "telepathy"))}
    )

    [error] = challenges_are_whole()

    assert re.fullmatch(r"challenges/\w+/challenge\.toml:\d+: no skill is called 'telepathy'", error.msg)


@both_languages
def test_a_copied_folder_is_a_page_without_a_line_of_code(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    shutil.copytree(FOLDER / "int8_fashion", tmp_path / "my_first")
    monkeypatch.setattr("challenges.registry.FOLDER", tmp_path)
    forget_files_that_were_read()
    try:
        listed, shown = page(client, "challenges", language), page(client, "challenge", language, "my_first")
    finally:
        forget_files_that_were_read()

    assert reverse("catalog:challenge", args=["my_first"]) in listed
    assert {"ja": "ResNet-8 を int8 で速くする", "en": "Make a ResNet-8 fast in int8"}[language] in shown


def forget_files_that_were_read() -> None:
    """As when the process starts."""
    everything.cache_clear()
    caches["template_fragments"].clear()
