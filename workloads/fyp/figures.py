"""What the figures of the feed are called, which way is better, and where tables and plots show them."""

from privacy.plugin import Figure

_ADVANTAGE = "attack advantage (0 is guessing, 1 is certainty)"

FIGURES = (
    Figure("top10_overlap", "top-10 overlap", "share", "higher", "quality"),
    Figure("ndcg_at_10", "nDCG at 10", "share", "higher", "quality", head="nDCG at 10"),
    Figure("recall_at_10", "recall at 10", "share", "higher", "quality"),
    Figure(
        "attribute_advantage", "attribute attack, whole view", "2 AUC - 1", "lower", "leak",
        control="attribute_advantage_control", head="Attack, whole view", axis=_ADVANTAGE, tab="Whole view",
        caption="Higher is a better feed; further left, the attacker learns less. It reads everything that one "
                "server received: the scoring step and the fetch. Dashed lines: guessing, the accuracy by chance, "
                "and the same attack on the run's plain control.",
    ),
    Figure(
        "attribute_advantage_scoring", "attribute attack, scoring alone", "2 AUC - 1", "lower", "leak",
        control="attribute_advantage_scoring_control", head="Attack, scoring alone", axis=_ADVANTAGE,
        tab="Scoring alone", caption="The same attacker, if it does not see which items are fetched.",
    ),
    Figure("client_seconds", "device", "s", "lower", "cost"),
    Figure("server_seconds", "servers", "s", "lower", "cost"),
    Figure("setup_seconds", "setup", "s", "lower", "cost"),
    Figure("bytes_up", "up", "B", "lower", "cost", head="Bytes up"),
    Figure("bytes_down", "down", "B", "lower", "cost", head="Bytes down"),
    Figure("bytes_setup", "setup", "B", "lower", "cost", head="Setup bytes"),
    Figure("score_error", "score error", "score", "lower"),
    Figure("taste_advantage", "taste attack, whole view", "2 AUC - 1", "lower", control="taste_advantage_control",
           axis=_ADVANTAGE),
    Figure("taste_advantage_scoring", "taste attack, scoring alone", "2 AUC - 1", "lower",
           control="taste_advantage_scoring_control", axis=_ADVANTAGE),
    Figure("attribute_advantage_together", "attribute attack, colluding servers", "2 AUC - 1", "lower",
           control="attribute_advantage_together_control", axis=_ADVANTAGE),
    Figure("taste_advantage_together", "taste attack, colluding servers", "2 AUC - 1", "lower",
           control="taste_advantage_together_control", axis=_ADVANTAGE),
    Figure("topic_named_together", "topic named right, colluding servers", "share", "lower",
           chance="the commonest topic"),
    Figure("attribute_named_together", "attribute named right, colluding servers", "share", "lower",
           chance="the commonest value"),
    Figure("topic_named", "topic named right, whole view", "share", "lower", chance="the commonest topic"),
    Figure("topic_named_scoring", "topic named right, scoring alone", "share", "lower", chance="the commonest topic"),
    Figure("attribute_named", "attribute named right, whole view", "share", "lower", chance="the commonest value"),
    Figure("attribute_named_scoring", "attribute named right, scoring alone", "share", "lower",
           chance="the commonest value"),
)  # fmt: skip
