# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that speaks many utterances with libespeak-ng (GPL-3): JSON on stdin, JSON on stdout.

To start espeak-ng takes four times as long as to speak a word. So this starts once, and each utterance is spoken by a
copy of the process that has spoken nothing yet: the sound is to the byte what `espeak-ng --stdout` gives for it.
"""

import base64
import ctypes
import json
import os
import sys

SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT; this and what follows is from speak_lib.h
RATE, PITCH = 1, 3  # espeak_PARAMETER
CHARACTERS = 1  # espeak_POSITION_TYPE
PHONEMES, END_PAUSE = 0x100, 0x1000  # what the program espeak-ng asks espeak_Synth for

Listener = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Voice(ctypes.Structure):
    """espeak_VOICE, by which a voice is asked for."""

    _fields_ = [
        *((name, ctypes.c_char_p) for name in ("name", "languages", "identifier")),
        *((name, ctypes.c_ubyte) for name in ("gender", "age", "variant", "unused")),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


def voiced(library: ctypes.CDLL, voice: bytes) -> bool:
    """Whether the library has a voice by that name, or else of that language; it speaks so from now on."""
    by_name = library.espeak_SetVoiceByName(voice)
    return not by_name or not library.espeak_SetVoiceByProperties(ctypes.byref(Voice(languages=voice)))


def speak(library: ctypes.CDLL, word: str, voice: str, words_per_minute: int, pitch: int) -> bytes:
    """The samples of a word, 16 bits each. Raises ValueError for a voice that is not there."""
    heard = bytearray()

    def listen(wave: "ctypes._Pointer[ctypes.c_short]", samples: int, events: int) -> int:
        if wave:
            heard.extend(ctypes.string_at(wave, 2 * samples))
        return 0

    listener = Listener(listen)
    library.espeak_SetSynthCallback(listener)
    if not voiced(library, voice.encode()):
        raise ValueError(f"no voice {voice}")
    library.espeak_SetParameter(RATE, words_per_minute, 0)
    library.espeak_SetParameter(PITCH, pitch, 0)
    text = word.encode()
    library.espeak_Synth(text, len(text) + 1, 0, CHARACTERS, 0, PHONEMES | END_PAUSE, None, None)
    return bytes(heard)


def of_a_copy(library: ctypes.CDLL, word: str, voice: str, words_per_minute: int, pitch: int) -> bytes:
    """The same, spoken by a child of this process. Raises ChildProcessError if the child fails."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        with open(writable, "wb") as mouth:  # noqa: PTH123 - it has no path
            mouth.write(speak(library, word, voice, words_per_minute, pitch))
        os._exit(0)
    os.close(writable)
    with open(readable, "rb") as ear:  # noqa: PTH123
        heard = ear.read()
    if os.waitpid(child, 0)[1]:
        raise ChildProcessError(f"no sound of {word} in the voice {voice}")
    return heard


def main() -> None:
    """[[word, voice, words per minute, pitch], ...] in, {"rate": samples per second, "sounds": [base64, ...]} out."""
    library = ctypes.CDLL("libespeak-ng.so.1")
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, None, 0)
    library.espeak_ListVoices(None)  # looks through 400 files, which the copies need not do again
    sounds = [base64.b64encode(of_a_copy(library, *utterance)).decode() for utterance in json.load(sys.stdin)]
    json.dump({"rate": rate, "sounds": sounds}, sys.stdout)


if __name__ == "__main__":
    main()
