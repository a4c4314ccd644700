"""Data of the feed workload: the catalogue, its features, and simulated viewers.

The generator is `privacy.data.generator`; it is not imported here, so that it also runs as a program.
"""

from privacy.data.features import Features, build_features
from privacy.data.histories import Histories, Persona, personas, simulate_histories, taste_vector
from privacy.data.loader import Catalogue, load_default, load_profiles
from privacy.data.schema import COLUMNS, COUNT_COLUMNS, MIN_PROFILES, REQUIRED_COLUMNS, Profile

__all__ = [
    "COLUMNS",
    "COUNT_COLUMNS",
    "MIN_PROFILES",
    "REQUIRED_COLUMNS",
    "Catalogue",
    "Features",
    "Histories",
    "Persona",
    "Profile",
    "build_features",
    "load_default",
    "load_profiles",
    "personas",
    "simulate_histories",
    "taste_vector",
]
