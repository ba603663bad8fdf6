"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# No timed asserts: a loaded machine is no fault of the code.
settings.register_profile("ringfence", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ringfence")
