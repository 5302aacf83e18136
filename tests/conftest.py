"""What every test can ask for."""

import signal

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.store",
    "tests.support.sealed",
    "tests.support.verifying",
    "tests.support.purging",
    "tests.support.tampering",
]

# How fast a machine is, or how busy, is no property of our code.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A run under `nohup` ignores it, and what the tests start would ignore it too.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
