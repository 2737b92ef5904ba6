"""Numeric problems with fresh figures, checked by the grader's own arithmetic."""
