"""Energy and battery life. The arithmetic is grader.cost.energy."""

from random import Random

from grader.cost.energy import average_power_w, battery_h, energy_j
from interviews.drills.problem import Problem, digits, figures, number, plain, written

MILLI = 1000
CELLS = ((220, 3.0), (500, 3.7), (1000, 3.7), (2000, 3.7), (2600, 3.6), (3000, 3.0))


def battery(rng: Random) -> Problem:
    """A device that wakes up, infers once and idles again."""
    capacity, volts = rng.choice(CELLS)
    idle, active = rng.choice([0.2, 0.5, 1, 1.5, 2, 3]), rng.randrange(60, 420, 20)
    latency, every = rng.randrange(20, 260, 10), rng.choice([1, 2, 4, 5, 10, 20])
    energy_mj = MILLI * energy_j(active / MILLI, latency / MILLI)
    average_mw = MILLI * average_power_w(idle / MILLI, energy_mj / MILLI, 1 / every)
    hours, inferring = battery_h(capacity / MILLI * volts, average_mw / MILLI), energy_mj / every
    wrong = {"no_idle": inferring, "always_on": idle + active, "every_second": idle + energy_mj}
    lives = {name: capacity * volts / power for name, power in wrong.items()}
    return Problem(
        given=figures(capacity=capacity, volts=volts, idle=idle, active=active, latency=latency, every=every),
        asked={
            "energy": number(energy_mj, digits(3), "mJ", one_period=active * every),
            "average": number(average_mw, digits(3), "mW", **wrong),
            "hours": number(hours, digits(3), "h", no_voltage=capacity / average_mw, **lives),
        },
        extra=figures(
            seconds=latency / MILLI,
            stored=capacity * volts,
            days=written(hours / 24, 1),
            inferring=plain(inferring, 3),
            drawn=plain(average_mw, 3),
        ),
    )
