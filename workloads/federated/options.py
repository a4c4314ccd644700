"""The settings of federated training; the page's form comes from them, and nothing in them is private."""

from dataclasses import dataclass

from privacy.plugin import param
from workloads.federated.robust.poison import FLIP, KINDS
from workloads.federated.robust.rules import MEAN, RULES

EMBEDDED, FLOWER = ENGINES = ("embedded", "flower")


@dataclass(frozen=True)
class FederatedOptions:
    """What a link may set of a training."""

    model: str = param(
        "words", choices=("words", "series", "digits"), main=True,
        help="What is trained: the next word of a keyboard, the next value of a series, or which digit an image is.",
    )  # fmt: skip
    devices: int = param(
        20, low=2, high=5000, unit="devices", main=True,
        help="How many devices take part, simulated or of your own data, in its order.",
    )  # fmt: skip
    rounds: int = param(
        5, low=1, high=500, unit="rounds", main=True, suggested=(1, 2, 3, 5, 10, 20, 50, 100, 200, 500),
        help="How often the devices train, and their updates are added up into a new version of the model.",
    )  # fmt: skip
    engine: str = param(
        EMBEDDED, choices=ENGINES, main=True,
        help=(
            "What trains: devices simulated by this machine's own processes, or SuperNodes of Flower over TLS, one for "
            "each device, which `make flower` installs."
        ),
    )  # fmt: skip
    share: float = param(
        1.0, low=0.01, high=1.0, unit="of the devices",
        help="Chance with which each device is in a round (Poisson sampling).",
    )  # fmt: skip
    sentences: int = param(
        24, low=1, high=10_000, unit="a device", help="Sentences, values or images that a device trains on."
    )
    epochs: int = param(3, low=1, high=50, help="How often a device goes through its sentences in a round.")
    batch: int = param(8, low=1, high=256, unit="sentences", help="Sentences of one step of a device.")
    rate: float = param(
        0.0, low=0.0, high=10.0,
        help="The learning rate of a device: the step of stochastic gradient descent; 0 takes the model's own.",
    )  # fmt: skip
    words: int = param(
        600, low=8, high=20_000, unit="words", help="Words that the model knows, the most common ones; others are one."
    )
    width: int = param(48, low=4, high=512, help="Units of the LSTM; words are vectors of half as many numbers.")
    pretrained: bool = param(
        True, help="Begin from a base that was trained on public text; without it, from random weights of the seed."
    )
    public: int = param(
        4000, low=100, high=200_000, unit="sentences", suggested=(1000, 4000, 20_000, 40_000),
        help=(
            "Public text that the base is trained on. The more, the less is left for devices to teach it, and the less "
            "noise takes away."
        ),
    )  # fmt: skip
    minimum: int = param(
        3, low=1, high=5000, unit="devices", help="The fewest updates of a sum that is released; fewer end the round."
    )
    dropouts: float = param(
        0.0, low=0.0, high=0.9, unit="of the devices", help="Chance with which a simulated device falls silent."
    )
    rule: str = param(
        MEAN, choices=(MEAN, *RULES),
        help="How an aggregator that reads the updates makes one of them; robust rules stand some malicious devices.",
    )  # fmt: skip
    malicious: float = param(
        0.0, low=0.0, high=0.9, unit="of the devices", help="Share of simulated devices that poison the training."
    )
    poison: str = param(
        FLIP, choices=KINDS,
        help=(
            "What malicious devices send: the update times -10, one that hides among the honest (alie), NaN, entries "
            "beyond the bound; or what someone on the network does: forge, replay or delay an update."
        ),
    )  # fmt: skip
    version: str = param(
        "", help="The CID of the version that the training begins from; empty, it begins from a base or random weights."
    )
    column: str = param("", help="Of a CSV of series, the column of values; empty, the last one.")
    who: str = param("", help="Of a CSV of series, the column that says whose a value is; empty, the first one.")
    example_noise: float = param(
        0.0, low=0.0, high=100.0, suggested=(0.0, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 4.0), unit="of the clip norm",
        help=(
            "Noise of each step of a device, by which one of its sentences is protected (DP-SGD); 0 adds none. It "
            "is another level than the noise of the stack, which protects one device: their epsilons do not compare."
        ),
    )  # fmt: skip
    example_clip: float = param(
        1.0, low=1e-3, high=100.0, help="The largest norm of what one sentence says in a step, where there is noise."
    )
