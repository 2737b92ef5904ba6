"""Reading a .pt2 file without running it, and writing it anew with nothing in it that a loader would run.

A file of torch.export is a program: its loader unpickles, evaluates strings as expressions and guards, and generates
Python source in which names of the file stand. So nobody loads the file that was handed in. `archive` opens it, and
`schema` says which form its JSON has; `reading` takes over what a graph of tensors needs (operators of ATen, numbers,
shapes, raw weights) as a `program`, gives every value a name of our own, and leaves the rest behind; `writing` makes
the archive that is loaded. Runs inside the sandbox, without torch.
"""

from grader.quantization.pt2.program import WEIGHT_INPUT, Node, Program, Tensor
from grader.quantization.pt2.reading import read
from grader.quantization.pt2.schema import LITERALS
from grader.quantization.pt2.writing import canonical_bytes

__all__ = ["LITERALS", "WEIGHT_INPUT", "Node", "Program", "Tensor", "canonical_bytes", "read"]
