"""What the figures of a labeling are called, which way is better, and where tables and plots show them."""

from privacy.plugin import Figure

_ADVANTAGE = "attack advantage (0 is guessing, 1 is certainty)"

FIGURES = (
    Figure("label_accuracy", "labels that are right", "share", "higher", "quality", head="Labels right",
           chance="most common class"),
    Figure("majority_accuracy", "right by majority of the same votes", "share", "higher", "quality", head="Majority"),
    Figure("tally_error", "largest error of a tally", "votes", "lower", "quality", head="Tally error"),
    Figure("included", "labelers in the tally", "labelers", "higher", "quality", head="Included"),
    Figure("votes", "votes", "votes", "lower", "quality", head="Votes"),
    Figure("audits", "items that an expert labelled", "items", "lower", "quality", head="Audits"),
    Figure("pay_correlation", "pay against true skill", "correlation", "higher", "quality", head="Pay"),
    Figure(
        "attack_vote", "attack, one vote from the aggregator's view", "advantage", "lower", "leak", head="One vote",
        axis=_ADVANTAGE, tab="One vote",
        caption="Higher is more right labels; further left, the attacker learns less. It counts the votes, and "
                "infers one labeler's vote from the wires that it received.",
    ),
    Figure("attack_unanimous", "votes that a unanimous tally gives away", "share of items", "lower", "leak",
           head="Unanimous", axis="share of items (0 is none, 1 is all)"),
    Figure(
        "attack_decode", "items whose every vote a tally gives away", "share of items", "lower", "leak",
        head="Decoded", axis="share of items (0 is none, 1 is all)", tab="Tallies",
        caption="The attacker sees the released tally of each item and knows the weights. Without noise, a unanimous "
                "item gives every vote away under any stack; weights give away more.",
    ),
    Figure("attack_pay", "attack, votes from pay", "advantage", "lower", "leak", head="Pay", axis=_ADVANTAGE),
    Figure("stuffed_caught", "stuffed ballots that are caught", "share", "higher", "leak", head="Stuffing caught"),
    Figure("contributor_seconds", "labeler", "s", "lower", "cost"),
    Figure("aggregator_seconds", "aggregators", "s", "lower", "cost"),
    Figure("collector_seconds", "collector", "s", "lower", "cost"),
    Figure("bytes_up", "up", "B", "lower", "cost", head="Bytes up"),
    Figure("bytes_down", "down", "B", "lower", "cost", head="Bytes down"),
    Figure("bytes_setup", "setup", "B", "lower", "cost", head="Setup bytes"),
)  # fmt: skip
