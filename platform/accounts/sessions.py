"""Sessions that know whose they are: with a person go all their sessions, on every device."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts.models import Session, User


class SessionStore(DatabaseStore):
    """Django's database sessions, extended as its documentation shows."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The row of a session."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to be saved. Its owner is looked up, because they may have been deleted since they signed in."""
        session: Session = super().create_model_instance(data)  # type: ignore[assignment]
        owner_id = data.get(SESSION_KEY)
        session.owner = User.objects.filter(pk=owner_id).first() if owner_id else None
        return session
