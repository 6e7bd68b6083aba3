"""For all tests: Hypothesis asserts behaviour, never time; a busy machine is no failure.

In CI the examples are the same for the same commit: what it says of a change is about the change. At people's
machines the search goes on with new ones each time.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")
