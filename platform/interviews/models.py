"""The rows of interview practice, each beside the code that uses it."""
