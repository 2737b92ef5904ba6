"""The cage in which an uploaded model is parsed and run. `open_sandbox()` gives one or refuses with a sentence."""
