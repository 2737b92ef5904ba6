"""Flashcards made of the questions, on the schedule of FSRS."""
