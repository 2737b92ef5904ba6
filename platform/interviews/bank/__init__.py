"""The questions: one file for each skill, both languages, read once."""
