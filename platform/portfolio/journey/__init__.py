"""Where somebody has come to, where they want to be, and the next step."""
