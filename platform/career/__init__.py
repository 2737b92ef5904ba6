"""The career: the guide, what it pays, where one stands and the way from there."""
