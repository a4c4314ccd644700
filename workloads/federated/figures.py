"""What the figures of federated training are called, which way is better, and where tables and plots show them."""

from privacy.plugin import Figure

_SHARE = "share of what was guessed that the device has (0 is none, 1 is all)"

FIGURES = (
    Figure("nll", "loss after training", "a guess", "lower", "quality", head="Loss after"),
    Figure("nll_before", "loss before training", "a guess", "lower", "quality", head="Loss before"),
    Figure("right", "guessed right", "share", "higher", "quality", head="Right"),
    Figure("nll_clean", "loss with nobody malicious", "a guess", "lower", "detail"),
    Figure("sentence_epsilon", "epsilon of one sentence", "epsilon", "lower", "detail"),
    Figure("included", "updates in the last sum", "updates", "higher", "quality", head="Included"),
    Figure(
        "word_recovery_precision", "word recovery, precision", "share", "lower", "leak", head="Recovery: precision",
        axis=_SHARE, control="word_recovery_baseline", tab="Word recovery",
        caption="The attacker adds up the updates. It reads which words one device typed from the word vectors that "
                "the device's update moves. The baseline guesses every word that any device typed. Hiding the "
                "updates still leaves the sum, which has the words of all.",
    ),
    Figure("word_recovery_recall", "word recovery, recall", "share", "lower", "leak", head="Recovery: recall",
           axis="share of what the device has that was guessed (0 is none, 1 is all)"),
    Figure("word_recovery_baseline", "word recovery, precision of the baseline", "share", "neither", "detail"),
    Figure("difference_precision", "words of one device from two sums, precision", "share", "lower", "leak",
           head="Two sums: precision", axis=_SHARE),
    Figure("difference_recall", "words of one device from two sums, recall", "share", "lower", "detail"),
    Figure("contributor_seconds", "device, for the sum", "s", "lower", "cost"),
    Figure("aggregator_seconds", "aggregators", "s", "lower", "cost"),
    Figure("training_seconds", "training of a round", "s", "lower", "cost", head="Training"),
    Figure("bytes_up", "up", "B", "lower", "cost", head="Bytes up"),
    Figure("bytes_down", "down", "B", "lower", "cost", head="Bytes down"),
)  # fmt: skip
