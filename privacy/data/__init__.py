"""Data of the feed workload: catalogues of any make, their features, and people, simulated or real.

The generator is `privacy.data.generator`; it is not imported here, so that it also runs as a program.
"""

from privacy.data.cells import escape_formula
from privacy.data.features import Features, build_features
from privacy.data.guess import guess_mapping
from privacy.data.histories import Histories, Persona, personas, simulate_histories, taste_vector
from privacy.data.loader import Catalogue, load_default, load_profiles
from privacy.data.mapped import load_table
from privacy.data.mapping import Mapping, read_mapping
from privacy.data.movielens import load_movielens
from privacy.data.opening import fits_schema, open_catalogue, stamps
from privacy.data.people import People
from privacy.data.real import real_histories, real_personas
from privacy.data.schema import COLUMNS, COUNT_COLUMNS, MIN_PROFILES, REQUIRED_COLUMNS, Profile
from privacy.data.table import Sample, read_sample

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
