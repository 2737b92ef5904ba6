"""Mock interviews: timed questions, one after another, and an honest look at the answers."""
