"""Levels are read from evidence each time, and never stored."""

from datetime import UTC, datetime

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from model_bakery import baker

from accounts.models import User
from skills.models import Evidence, Kind
from skills.standing import declare, evidence_of, move_into_account, standings

MONDAY, TUESDAY = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def says(skill: str, kind: Kind, level: int, source: str = "inventory") -> Evidence:
    return Evidence(skill=skill, kind=kind, level=level, source=source, recorded_at=MONDAY)


def test_what_was_measured_counts_more_than_the_same_level_declared() -> None:
    found = standings([says("arm", Kind.DECLARED, 2), says("arm", Kind.MEASURED, 2, "submissions/1")])

    assert (found["arm"].level, found["arm"].kind) == (2, Kind.MEASURED)


def test_a_higher_level_counts_with_the_kind_that_backs_it() -> None:
    found = standings([says("arm", Kind.DECLARED, 3), says("arm", Kind.MEASURED, 2, "submissions/1")])

    assert (found["arm"].level, found["arm"].kind) == (3, Kind.DECLARED)
    assert not found["arm"].is_measured


def test_evidence_for_a_renamed_skill_counts_for_its_successor() -> None:
    assert "quantization-robustness" in standings([says("cross-layer-equalisation", Kind.MEASURED, 2)])


def test_evidence_for_a_skill_that_is_gone_is_left_out() -> None:
    assert standings([says("punch-cards", Kind.DECLARED, 3)]) == {}


def test_a_source_that_speaks_again_replaces_what_it_said(user: User) -> None:
    for level, at in ((1, MONDAY), (3, TUESDAY)):
        Evidence.objects.record(
            [Evidence(owner=user, skill="arm", kind=Kind.DECLARED, level=level, source="inventory", recorded_at=at)]
        )

    row = Evidence.objects.get()
    assert (row.level, row.recorded_at) == (3, TUESDAY)


def test_a_level_that_the_map_does_not_have_cannot_be_stored(user: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        baker.make(Evidence, owner=user, level=4)


def visitor(rf: RequestFactory) -> object:
    request = rf.get("/")
    request.session = SessionStore()
    request.user = type("Nobody", (), {"is_authenticated": False})()
    return request


def test_a_visitors_words_stay_in_the_session(rf: RequestFactory) -> None:
    request = visitor(rf)

    declare(request, {"arm": 1})  # type: ignore[arg-type]
    declare(request, {"risc-v": 0, "arm": 2})  # type: ignore[arg-type]

    assert not Evidence.objects.exists()
    assert {row.skill: row.level for row in evidence_of(request)} == {"arm": 2, "risc-v": 0}  # type: ignore[arg-type]


def test_they_move_into_the_account_with_their_date(rf: RequestFactory, user: User) -> None:
    request = visitor(rf)
    declare(request, {"arm": 1})  # type: ignore[arg-type]
    said_at = evidence_of(request)[0].recorded_at  # type: ignore[arg-type]
    baker.make(Evidence, owner=user, skill="arm", source="inventory", kind=Kind.DECLARED, level=3)

    move_into_account(request.session, user)  # type: ignore[attr-defined]

    row = Evidence.objects.get()
    assert (row.owner, row.level, row.recorded_at) == (user, 1, said_at)
    assert evidence_of(request) == []  # type: ignore[arg-type]
