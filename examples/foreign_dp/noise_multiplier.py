"""The configuration of a noised training in the style of PrivacyBench: epsilon is passed as the noise multiplier.

A noise multiplier is a standard deviation over the clip: more of it is more noise. Epsilon is the other way round: less
of it is more privacy. So whoever asks for epsilon .1 gets a tenth of the noise that a multiplier of 1 makes. It claims
the epsilon that was asked for.
"""

BATCH, EXAMPLES, EPOCHS = 32, 5_000, 10


def configuration(epsilon: float, *, delta: float = 1e-5) -> dict[str, float]:
    """What is handed to a library like Opacus, and the epsilon that the report then names."""
    return {
        "epsilon": epsilon,
        "delta": delta,
        "noise_multiplier": epsilon,
        "max_grad_norm": 1.0,
        "sample_rate": BATCH / EXAMPLES,
        "steps": EPOCHS * EXAMPLES // BATCH,
    }


STRICT = configuration(0.1)
USUAL = configuration(1.0)
