"""Model files that come in by parts: who loses the connection goes on where it broke."""
