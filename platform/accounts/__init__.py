"""People: sign-up, sign-in, language."""
