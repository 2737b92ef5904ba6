"""The system design desk: a canvas, a budget that is computed, and a rubric."""
