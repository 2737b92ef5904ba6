"""Energy of an inference, the power that is drawn on average, and how long a battery lasts."""


def energy_j(power_w: float, seconds: float) -> float:
    """Energy in joules: power · time. power_w: drawn while it runs, over idle if idle is counted apart."""
    return power_w * seconds


def average_power_w(idle_w: float, energy_per_inference_j: float, inferences_per_s: float) -> float:
    """Power in watts, averaged over time: idle + energy of one inference · inferences per second.

    energy_per_inference_j: what an inference takes on top of idling.
    """
    return idle_w + energy_per_inference_j * inferences_per_s


def battery_h(capacity_wh: float, power_w: float) -> float:
    """Hours that a battery lasts: capacity / power. Raises ValueError if power_w is not above 0.

    capacity_wh: what can really be drawn. Self-discharge and losses of the converter are not counted.
    """
    if not power_w > 0:
        raise ValueError("the power must be above 0")
    return capacity_wh / power_w
