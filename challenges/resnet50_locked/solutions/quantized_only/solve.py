"""The large network in int8, nothing else: the entry of resnet50_tenfold with the same name."""

from challenges.resnet50_tenfold.solutions.quantized_only.solve import solve

__all__ = ["solve"]
