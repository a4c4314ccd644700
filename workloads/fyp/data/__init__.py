"""Data of the feed workload: catalogues of any make, their features, and people, simulated or real.

The generator is `tools.profiles.generator`; it is not imported here, so that it also runs as a program.
"""

from privacy.plugin.tables import Mapping, Sample, escape_formula, guess_mapping, read_mapping, read_sample
from workloads.fyp.data.features import Features, build_features
from workloads.fyp.data.histories import Histories, Persona, personas, simulate_histories, taste_vector
from workloads.fyp.data.loader import Catalogue, load_default, load_profiles
from workloads.fyp.data.mapped import load_table
from workloads.fyp.data.movielens import load_movielens
from workloads.fyp.data.opening import fits_schema, open_catalogue, stamps
from workloads.fyp.data.people import People
from workloads.fyp.data.real import real_histories, real_personas
from workloads.fyp.data.schema import COLUMNS, COUNT_COLUMNS, MIN_PROFILES, REQUIRED_COLUMNS, Profile

__all__ = [
    "COLUMNS",
    "COUNT_COLUMNS",
    "MIN_PROFILES",
    "REQUIRED_COLUMNS",
    "Catalogue",
    "Features",
    "Histories",
    "Mapping",
    "People",
    "Persona",
    "Profile",
    "Sample",
    "build_features",
    "escape_formula",
    "fits_schema",
    "guess_mapping",
    "load_default",
    "load_movielens",
    "load_profiles",
    "load_table",
    "open_catalogue",
    "personas",
    "read_mapping",
    "read_sample",
    "real_histories",
    "real_personas",
    "simulate_histories",
    "stamps",
    "taste_vector",
]
