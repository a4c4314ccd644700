"""How figures are named and written, in plots and in reports."""

from privacy.results import Metric

NAMES = {
    "top10_overlap": "top-10 overlap",
    "ndcg_at_10": "nDCG at 10",
    "recall_at_10": "recall at 10",
    "score_error": "score error",
    "attribute_advantage": "attribute attack, whole view",
    "attribute_advantage_scoring": "attribute attack, scoring alone",
    "taste_advantage": "taste attack, whole view",
    "taste_advantage_scoring": "taste attack, scoring alone",
    "setup_seconds": "setup",
    "client_seconds": "device",
    "server_seconds": "servers",
    "bytes_setup": "setup",
    "bytes_up": "up",
    "bytes_down": "down",
    "answer_accuracy": "accuracy of the answer",
    "sum_error": "largest error of the sum",
    "included": "contributions in the sum",
    "contributor_seconds": "contributor",
    "aggregator_seconds": "aggregators",
    "collector_seconds": "collector",
    "attack_aggregator": "attack, the aggregator's view",
    "attack_differencing": "attack, two sums that differ by one",
    "attack_cohort_of_one": "attack, a cohort of one",
    "attack_unanimous": "attack, unanimous small cohorts",
    "attack_disaggregation": "attack, many known cohorts that change",
    "attack_disaggregation_fixed": "attack, many sums of fixed cohorts",
}
HEADS = {
    "attribute_advantage": "Attack, whole view",
    "attribute_advantage_scoring": "Attack, scoring alone",
    "bytes_setup": "Setup bytes",
    "answer_accuracy": "Accuracy",
    "sum_error": "Largest error",
    "included": "Included",
    "attack_aggregator": "Aggregator",
    "attack_differencing": "Differencing",
    "attack_cohort_of_one": "Cohort of one",
    "attack_unanimous": "Unanimous",
    "attack_disaggregation": "Changing cohorts",
    "attack_disaggregation_fixed": "Fixed cohorts",
}
"""The heads of columns, where the name in words is too long for one or has no capital."""
SHARES = {
    "attack_unanimous": "share of cohorts",
    "attack_disaggregation": "share of devices told apart",
    "attack_disaggregation_fixed": "share of devices told apart",
}
"""What an attack's figure counts, where that is no advantage over guessing."""
CHANCES = {"answer_accuracy": "guessed answer"}
COUNTED = ("contributions", "devices")
"""Units of which there is a whole number, unless there is noise in it."""
_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def name_of(key: str) -> str:
    """A metric's name in words."""
    if key.endswith("_control"):
        return f"{name_of(key.removesuffix('_control'))}, control"
    return NAMES.get(key, key.replace("_", " "))


def head_of(key: str) -> str:
    """A metric's name at the head of a column."""
    name = name_of(key)
    return HEADS.get(key) or name[:1].upper() + name[1:]


def gain_of(attack: str) -> str:
    """What the figure of an attack is called."""
    return SHARES.get(attack, "attack advantage")


def scale_of(attack: str) -> str:
    """The name of an axis of that figure."""
    ends = "0 is none, 1 is all" if attack in SHARES else "0 is guessing, 1 is certainty"
    return f"{gain_of(attack)} ({ends})"


def chance_of(key: str) -> str:
    """Who reaches a figure's chance level."""
    return CHANCES.get(key, "random feed")


def size(value: float) -> str:
    """Write 922062 bytes as 922 kB (powers of ten)."""
    for one, unit in _SIZES:
        if value >= one:
            return f"{value / one:.3g} {unit}"
    return f"{value:.3g} B"


def seconds(value: float) -> str:
    """Write .0176 as 17.6 ms."""
    for one, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= one:
            return f"{value / one:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns" if value > 0 else "0 s"


def number(value: float) -> str:
    """Two decimals, three below a tenth, with a real minus sign and no negative zero."""
    digits = 3 if abs(value) < 0.1 else 2
    rounded = round(value, digits) + 0.0
    text = f"{rounded:.{digits}f}" if abs(value) < 1e5 else f"{value:.3g}"
    return (text.rstrip("0").rstrip(".") if not rounded else text).replace("-", "−")


def plain_number(value: float) -> str:
    """As few digits as the value needs, up to four: for ticks."""
    return f"{value:.4g}".replace("-", "−")


def written(value: float, unit: str) -> str:
    """A value in its unit."""
    if unit == "B":
        return size(value)
    if unit == "s":
        return seconds(value)
    if unit == "score":
        return f"{value:.1e}" if value else "0"
    if unit in COUNTED and value == round(value):
        return f"{value:,.0f}".replace("-", "−")
    return number(value)


def interval(low: float | None, high: float | None, unit: str) -> str:
    """A 95% interval in brackets; empty where there is none."""
    return "" if low is None or high is None else f"[{written(low, unit)}, {written(high, unit)}]"


def figure(metric: Metric) -> str:
    """A metric with its interval; a dash where there is no value."""
    if metric.value is None:
        return "–"
    return f"{written(metric.value, metric.unit)} {interval(metric.low, metric.high, metric.unit)}".strip()
