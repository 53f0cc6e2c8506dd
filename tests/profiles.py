"""How many examples the properties try: ``HYPOTHESIS_PROFILE=ci`` (default) or ``prove`` (``make prove``).

``PROVE_EXAMPLES`` and ``PROVE_RUNS`` make a proof smaller on a busy machine; its result says how many it tried.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("ci", max_examples=500, stateful_step_count=20, deadline=None)
settings.register_profile(
    "prove",
    max_examples=int(os.environ.get("PROVE_EXAMPLES", "10000")),
    stateful_step_count=50,
    deadline=None,
)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
settings.load_profile(PROFILE)

THOROUGH = settings.get_profile(PROFILE)
# (runs, steps): each step acts on a database.
MACHINE_RUNS, MACHINE_STEPS = (
    (int(os.environ.get("PROVE_RUNS", "200")), 50) if PROFILE == "prove" else (8, 20)
)
# Steps that touch nothing but facts.
PURE_MACHINE = settings(
    max_examples=10 * MACHINE_RUNS,
    stateful_step_count=MACHINE_STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
MACHINE = settings(
    max_examples=MACHINE_RUNS,
    stateful_step_count=MACHINE_STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
