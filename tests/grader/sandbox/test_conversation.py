"""What a child may say: one schema, one line at a time, nothing twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.conversation import LINE_BYTES, MARKS, Conversation, ProtocolError, printable, printable_log

LOCKED = b'{"event":"locked"}\n'


@pytest.fixture
def conversation() -> Conversation:
    """A child that has locked itself."""
    started = Conversation(blob_bytes=10)
    started.hear(LOCKED)
    return started


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"event":"hello"}',
        b'{"event":"done","extra":1}',
        b'{"event":"mark"}',
        b'{"event":"mark","name":"UPPER"}',
        b'{"event":"mark","name":"x"}{"event":"done"}',
        b'{"event":"reply","size_bytes":-1}',
        b'{"event":"reply","size_bytes":1048577}',
        b'{"event":"reply","size_bytes":true}',
        b'{"event":"blob","size_bytes":11}',
        b'{"event":"failed","detail":"x"}',
        b'{"event":"rejected","code":"invalid_model","params":{"detail":["nested"]}}',
        b'{"event":"rejected","code":"invalid_model","params":{}}',
        b'{"event":"rejected","code":"no_such_code","params":{}}',
        b'{"event":"locked"}',
        b"\xff\xfe",
        b"[" * 5000,
        b"\x80\x04\x95\x10",
    ],
)
def test_it_refuses(line: bytes, conversation: Conversation) -> None:
    with pytest.raises(ProtocolError):
        conversation.hear(line + b"\n")


@pytest.mark.parametrize("event", [b'{"event":"reply","size_bytes":1}\n', b'{"event":"blob","size_bytes":1}\n'])
def test_it_takes_one_answer_of_each_kind(event: bytes, conversation: Conversation) -> None:
    conversation.hear(event)

    with pytest.raises(ProtocolError, match="twice"):
        conversation.hear(event)


def test_nothing_may_be_said_before_the_lock_or_after_the_end(conversation: Conversation) -> None:
    conversation.hear(b'{"event":"done"}\n')

    with pytest.raises(ProtocolError, match="order"):
        conversation.hear(b'{"event":"mark","name":"late"}\n')
    with pytest.raises(ProtocolError, match="order"):
        Conversation().hear(b'{"event":"done"}\n')


def test_a_line_may_come_in_pieces(conversation: Conversation) -> None:
    assert conversation.hear(b'{"event":"mark",') is False
    assert conversation.hear(b'"name":"x"}\n') is True
    assert [mark.name for mark in conversation.marks] == ["x"]


def test_a_second_line_before_the_answer_is_out_of_turn(conversation: Conversation) -> None:
    with pytest.raises(ProtocolError, match="turn"):
        conversation.hear(b'{"event":"mark","name":"x"}\n{')


def test_a_line_without_an_end_is_cut(conversation: Conversation) -> None:
    with pytest.raises(ProtocolError, match="turn"):
        conversation.hear(b"x" * (LINE_BYTES + 1))


def test_there_are_only_so_many_marks(conversation: Conversation) -> None:
    for _ in range(MARKS):
        conversation.hear(b'{"event":"mark","name":"x"}\n')

    with pytest.raises(ProtocolError, match="marks"):
        conversation.hear(b'{"event":"mark","name":"x"}\n')


def test_marks_are_stamped_with_the_clock_that_it_is_given() -> None:
    ticks = iter([5, 9])
    conversation = Conversation(lambda: next(ticks))
    for line in (LOCKED, b'{"event":"mark","name":"a"}\n', b'{"event":"mark","name":"b"}\n'):
        conversation.hear(line)

    assert [mark.cpu_ns for mark in conversation.marks] == [5, 9]


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_speak_or_be_refused(noise: bytes) -> None:
    conversation = Conversation()
    conversation.hear(LOCKED)

    try:
        conversation.hear(noise)
    except ProtocolError:
        return
    assert b"\n" not in noise or conversation.ending or conversation.marks or conversation.reply


@given(st.text())
def test_shown_text_has_no_control_or_direction_characters(text: str) -> None:
    assert printable(text).isprintable()


@given(st.binary())
def test_a_shown_log_has_lines_and_nothing_else_that_moves_the_cursor(raw: bytes) -> None:
    assert printable_log(raw).replace("\n", "").isprintable()
