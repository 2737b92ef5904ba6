"""Tokens: made, shown once and revoked on a page of the site."""
