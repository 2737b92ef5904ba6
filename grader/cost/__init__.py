"""What an inference costs on paper: arithmetic, memory, time, energy. The grader, the drills and the desk share it."""
