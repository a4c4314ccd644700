"""Attacks that workloads share, on scores, fetches and sums."""

from privacy.attacks.aggregation.differencing import alone_advantage, differencing_advantage
from privacy.attacks.aggregation.disaggregation import Point, Setting, disaggregation_curve
from privacy.attacks.aggregation.kinds import Floats, Ints, Kinds, noise_of
from privacy.attacks.aggregation.reading import read_device, reading_advantage, wires_of
from privacy.attacks.aggregation.unanimous import AGREE, CLASSES, unanimous_share
from privacy.attacks.inference import LinearReader, attribute_advantage, category_advantage, train_on_best
from privacy.attacks.reading import read_lookup, read_scoring, read_together

__all__ = [
    "AGREE",
    "CLASSES",
    "Floats",
    "Ints",
    "Kinds",
    "LinearReader",
    "Point",
    "Setting",
    "alone_advantage",
    "attribute_advantage",
    "category_advantage",
    "differencing_advantage",
    "disaggregation_curve",
    "noise_of",
    "read_device",
    "read_lookup",
    "read_scoring",
    "read_together",
    "reading_advantage",
    "train_on_best",
    "unanimous_share",
    "wires_of",
]
