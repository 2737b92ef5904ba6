"""Interview practice: a question bank, flashcards, drills, mock interviews, a design desk, questions on one's own work."""
