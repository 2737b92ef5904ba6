"""What programs of a person come with, and what they have sent so far."""

from api.tokens.models import Scope, Token
from api.uploads.models import Upload

__all__ = ["Scope", "Token", "Upload"]
