"""Spoken words: features by the formula, strangers in evaluation, one seed one set, and a fetch that goes on."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from challenges.datasets import spoken_words
from challenges.datasets.spoken_words import Collection, collection, frontend, hidden, room, speech, voices
from challenges.datasets.spoken_words.speech import Utterance
from challenges.home import split_secret
from grader.errors import ChallengeBroken

UTTERANCE = Utterance(word="seven", voice="en-us+m3", words_per_minute=150, pitch=50)
ANOTHER = Utterance(word="stop", voice="en-029+f3", words_per_minute=200, pitch=30)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[Collection, ...]]:
    """The same kinds of collections, but tiny: one clip of each label, two takes, one or two parts."""
    monkeypatch.setattr(spoken_words, "PART_CLIPS", 12)

    def collections() -> tuple[Collection, ...]:
        return (
            Collection(name="hidden", seed=1, speakers=voices.EVALUATION, count=1, takes=2),
            Collection(name="training", seed=2, speakers=voices.TRAINING, count=2, takes=2),
        )

    monkeypatch.setattr(spoken_words, "collections", collections)
    return collections


def test_features_agree_with_the_formula_written_out() -> None:
    sound = np.random.default_rng(0).standard_normal(16_000) * 0.1
    mel = 2595 * np.log10(1 + np.array([60, 7600]) / 700)
    corners = [700 * (10 ** (m / 2595) - 1) for m in np.linspace(*mel, 42)]

    computed = frontend.log_mel(sound[np.newaxis])[0, 0]

    for frame in (0, 17, 48):
        samples = sound[frame * 320 : frame * 320 + 480]
        window = [0.5 - 0.5 * np.cos(2 * np.pi * n / 479) for n in range(480)]
        turns = np.outer(np.arange(257), np.arange(480)) / 512
        power = np.abs(np.exp(-2j * np.pi * turns) @ (samples * window)) ** 2 / 480
        for band in (0, 13, 39):
            heights = np.interp(np.arange(257) * 31.25, corners[band : band + 3], [0, 1, 0])
            expected = (np.log(heights @ power + 1e-6) + 8.9) / 3.25
            assert computed[band, frame] == pytest.approx(expected, abs=1e-4)


def test_a_tone_is_found_in_the_filter_that_is_tuned_to_it() -> None:
    time = np.arange(16_000) / 16_000
    centres = frontend.mel_filters().argmax(1) * 31.25

    for band in (10, 25, 39):
        tone = np.sin(2 * np.pi * centres[band] * time)[np.newaxis]
        assert (frontend.log_mel(tone)[0, 0].argmax(0) == band).all()


def test_silence_is_finite() -> None:
    assert np.isfinite(frontend.log_mel(np.zeros((1, 16_000)))).all()


def test_the_same_utterance_is_the_same_sound_and_about_as_long_as_a_word() -> None:
    one, _, other = speech.speak([UTTERANCE, ANOTHER, UTTERANCE])

    assert np.array_equal(one, other)
    assert 0.2 < len(one) / 16_000 < 1
    assert (one**2).mean() == pytest.approx(1)


@pytest.mark.parametrize("utterance", [UTTERANCE, ANOTHER], ids=lambda utterance: utterance.voice)
def test_a_sound_is_to_the_byte_what_the_program_gives(utterance: Utterance) -> None:
    how = ["-v", utterance.voice, "-s", str(utterance.words_per_minute), "-p", str(utterance.pitch), "--stdout"]
    wave = subprocess.run([speech.PROGRAM, *how, utterance.word], capture_output=True, check=True).stdout

    _, spoken = speech.speak([ANOTHER, utterance])

    assert np.array_equal(spoken, speech._word(wave[44:], int.from_bytes(wave[24:28], "little")))


def test_a_voice_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ChallengeBroken):
        speech.speak([UTTERANCE, replace(UTTERANCE, voice="nowhere")])


def test_resampling_keeps_a_tone() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(22_050) / 22_050)

    resampled = speech._resampled(tone, 22_050)

    assert np.allclose(resampled, np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000), atol=1e-6)


def test_word_and_noise_stand_in_the_ratio_that_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    word = np.sin(np.arange(16_000) / 3) * np.sqrt(2)
    monkeypatch.setattr(room, "SNR_DB", (6.0, 6.0))
    monkeypatch.setattr(room, "LEVEL_DB", (-20.0, -20.0))
    monkeypatch.setattr(room, "ECHO_SHARE", 0.0)
    monkeypatch.setattr(room, "NOISES", (room.coloured(0),))

    heard = room.take(word, [word], np.random.default_rng(3))

    noise = heard - 0.1 * word
    assert 10 * np.log10((0.01 * word**2).mean() / (noise**2).mean()) == pytest.approx(6, abs=0.5)


@pytest.mark.parametrize("noise", room.NOISES)
def test_every_noise_lasts_a_second_and_is_another_one_next_time(noise: Callable[..., np.ndarray]) -> None:
    draw = np.random.default_rng(1)
    one, other = noise(draw), noise(draw)

    assert one.shape == (16_000,)
    assert (one**2).mean() > 0
    assert not np.array_equal(one, other)


def test_nobody_speaks_in_two_of_the_groups() -> None:
    groups = [set(group) for group in (voices.TRAINING, voices.VALIDATION, voices.EVALUATION)]

    assert [len(group) for group in groups] == [63, 12, 25]
    assert not any(one & other for one, other in combinations(groups, 2))


def test_evaluation_hears_strangers_only() -> None:
    speakers = {name: set(collection(name).speakers) for name in ("training", "validation", "public")}

    assert speakers["public"] == set(hidden(b"secret").speakers)
    assert not speakers["public"] & (speakers["training"] | speakers["validation"])


def test_a_seed_gives_the_same_part_and_another_seed_another(small: Callable[[], tuple[Collection, ...]]) -> None:
    _, training = small()
    other = Collection(name="training", seed=3, speakers=voices.TRAINING, count=2, takes=2)

    one, again, different = training.make("training-00"), training.make("training-00"), other.make("training-00")

    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert not np.array_equal(one["features"], different["features"])
    assert one["features"].shape == (24, 1, 40, 49)
    assert np.bincount(one["labels"]).tolist() == [2] * 12


def test_hidden_items_depend_on_the_secret_and_do_not_give_it_away() -> None:
    one, other = hidden(b"one"), hidden(b"other")

    assert one.seed != other.seed
    assert not set(one.parts()) & set(other.parts())
    assert hidden(b"one") == one
    assert "one" not in one.name


@pytest.mark.usefixtures("small")
def test_an_interrupted_fetch_goes_on_where_it_stopped() -> None:
    def leave(name: str, fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spoken_words.fetch(leave)
    before = {path: path.stat().st_mtime_ns for path in spoken_words.CACHE.folder().iterdir()}
    assert before
    assert not spoken_words.is_present() or len(before) == 3
    spoken_words.fetch()

    assert spoken_words.is_present()
    assert all(path.stat().st_mtime_ns == written for path, written in before.items())


def test_a_set_that_was_never_made_says_what_to_do() -> None:
    assert not spoken_words.is_present()
    with pytest.raises(ChallengeBroken) as failure:
        spoken_words.evaluation("hidden", split_secret())

    assert failure.value.code == "dataset_missing"
    assert failure.value.params["package"] == "espeak-ng"


def test_without_espeak_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ChallengeBroken) as failure:
        spoken_words.fetch()

    assert failure.value.code == "dataset_not_made"
    assert failure.value.params["package"] == "espeak-ng"


def test_a_failing_espeak_is_named_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "SPEAKER", ("false",))

    with pytest.raises(ChallengeBroken) as failure:
        speech.speak([UTTERANCE])

    assert failure.value.code == "dataset_not_made"
    assert "status 1" in str(failure.value.params["reason"])
