"""The diagnosis of a report, arranged for its page."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.report import Diagnosis, LayerNoise, Ledger
from submissions.charts import Share, shares


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What the page shows. `worst`: the noisiest layers, the worst first."""

    diagnosis: Diagnosis
    worst: Sequence[LayerNoise]
    matched: int
    bytes_by_kind: Sequence[Share]

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> "Diagnosed":
        """Arrange what was found."""
        by_name = {layer.name: layer for layer in diagnosis.layers}
        return cls(
            diagnosis=diagnosis,
            worst=[by_name[name] for name in diagnosis.worst],
            matched=sum(bool(layer.entry) for layer in diagnosis.layers),
            bytes_by_kind=shares(kinds(diagnosis.ledger)) if diagnosis.ledger else [],
        )


def kinds(ledger: Ledger) -> dict[str, int]:
    """The bytes of the file by element type, and what is no tensor."""
    rest = {
        "duplicates": ledger.duplicate_bytes,
        "metadata": ledger.metadata_bytes,
        "structure": ledger.structure_bytes,
    }
    return {**ledger.tensor_bytes, **rest}
