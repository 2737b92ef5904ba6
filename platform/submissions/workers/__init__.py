"""The processes that grade: what they are, whether they live, and whether their clocks can be trusted."""
