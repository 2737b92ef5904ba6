"""Interview practice: a question bank, flashcards, drills, mock interviews, a design desk, one's own reports."""
