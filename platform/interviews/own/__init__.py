"""Questions on the reader's own graded report, with the answer computed from it."""
