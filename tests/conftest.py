"""Settings of every test."""

from hypothesis import settings

# A slow machine is no failure: no example has to be done by a certain time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
