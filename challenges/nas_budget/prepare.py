"""baseline.onnx is int8_fashion's: `python -m challenges.nas_budget.prepare` builds it, ten minutes on one core.

`--seed N` trains another one.
"""

from challenges.int8_fashion.prepare import SCHEDULE, build
from challenges.training import chosen

if __name__ == "__main__":
    build(*chosen(__doc__, __file__, SCHEDULE))
