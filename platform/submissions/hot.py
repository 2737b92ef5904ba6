"""Where a kernel spends its instructions, as a file to keep beside the source."""

from grader.kernels.facts import KernelOnDevice


def listing(on: KernelOnDevice) -> str:
    """The hottest runs of instructions on a device, each with how often it ran and its share of all instructions."""
    blocks = (
        "\n".join((f"; {block.runs:,} x, {block.share:.1%}, at {block.address:#x}", *block.instructions, ""))
        for block in on.hot
    )
    return "\n".join((f"; {on.title} ({on.core})", "", *blocks))
