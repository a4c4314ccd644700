"""What the figures of a survey are called, which way is better, and where tables and plots show them."""

from privacy.plugin import Figure

_ADVANTAGE = "attack advantage (0 is guessing, 1 is certainty)"
_APART = "share of devices told apart (0 is none, 1 is all)"

FIGURES = (
    Figure("answer_accuracy", "accuracy of the answer", "share", "higher", "quality", head="Accuracy",
           chance="guessed answer"),
    Figure("sum_error", "largest error of the sum", "units", "lower", "quality", head="Largest error"),
    Figure("clipped", "rows that clipping changed", "rows", "lower", "quality", head="Clipped"),
    Figure("error_sampling", "error from sampling", "in the answer's unit", "neither", "quality", head="Sampling"),
    Figure("error_clipping", "error from clipping", "in the answer's unit", "neither", "quality", head="Clipping"),
    Figure("error_binning", "error from binning", "in the answer's unit", "neither", "quality", head="Binning"),
    Figure("error_noise", "error from noise", "in the answer's unit", "neither", "quality", head="Noise"),
    Figure("included", "contributions in the sum", "contributions", "higher", "quality", head="Included"),
    Figure(
        "attack_differencing", "attack, two sums that differ by one", "advantage", "lower", "leak",
        head="Differencing", axis=_ADVANTAGE, tab="Two sums",
        caption="Higher is a better answer; further left, the attacker learns less. It sees the sums of two cohorts "
                "that differ by one device, and reads that device's answer from their difference. Only noise in the "
                "sum stops it; hiding the inputs does not.",
    ),
    Figure(
        "attack_aggregator", "attack, the aggregator's view", "advantage", "lower", "leak", head="Aggregator",
        axis=_ADVANTAGE, tab="Aggregator",
        caption="The attacker computes the sum, and infers one device's answer from the wires that it received.",
    ),
    Figure("attack_cohort_of_one", "attack, a cohort of one", "advantage", "lower", "leak", head="Cohort of one",
           axis=_ADVANTAGE),
    Figure("attack_unanimous", "attack, unanimous small cohorts", "share of tallies", "lower", "leak",
           head="Unanimous", axis="share of cohorts (0 is none, 1 is all)"),
    Figure(
        "attack_disaggregation", "attack, many known cohorts that change", "share of devices", "lower", "leak",
        head="Changing cohorts", axis=_APART, tab="Many rounds",
        caption="The attacker knows who was in each of many sums, and solves for each device's answer. Further "
                "right, it tells more devices apart. Fixed cohorts, or noise accounted over the rounds, stop it.",
    ),
    Figure("attack_disaggregation_fixed", "attack, many sums of fixed cohorts", "share of devices", "lower", "leak",
           head="Fixed cohorts", axis=_APART),
    Figure("contributor_seconds", "contributor", "s", "lower", "cost"),
    Figure("aggregator_seconds", "aggregators", "s", "lower", "cost"),
    Figure("collector_seconds", "collector", "s", "lower", "cost"),
    Figure("bytes_up", "up", "B", "lower", "cost", head="Bytes up"),
    Figure("bytes_down", "down", "B", "lower", "cost", head="Bytes down"),
    Figure("bytes_setup", "setup", "B", "lower", "cost", head="Setup bytes"),
)  # fmt: skip
