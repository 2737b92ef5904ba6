"""Trials: what a person lets the grader try, free of charge: the quantize ladder, and one model in several formats."""
