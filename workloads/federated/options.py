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
        help="Model that is trained: the next word on a keyboard, the next value of a series, or the digit on an "
             "image.",
    )  # fmt: skip
    devices: int = param(
        20, low=2, high=5000, unit="devices", main=True,
        help="Number of devices that take part: simulated, or of your own data in its order.",
    )  # fmt: skip
    rounds: int = param(
        5, low=1, high=500, unit="rounds", main=True, suggested=(1, 2, 3, 5, 10, 20, 50, 100, 200, 500),
        help="Number of rounds. In each, the devices train and their updates are added up into a new version of the "
             "model.",
    )  # fmt: skip
    engine: str = param(
        EMBEDDED, choices=ENGINES, main=True,
        help=(
            "Engine that trains: processes of this machine that simulate devices, or Flower SuperNodes over TLS, one "
            "for each device. `make flower` installs Flower."
        ),
    )  # fmt: skip
    share: float = param(
        1.0, low=0.01, high=1.0, unit="of the devices",
        help="Chance that a device is in a round (Poisson sampling).",
    )  # fmt: skip
    sentences: int = param(
        24, low=1, high=10_000, unit="a device", help="Number of sentences, values or images that a device trains on."
    )
    epochs: int = param(3, low=1, high=50, help="Number of times a device goes through its sentences in a round.")
    batch: int = param(8, low=1, high=256, unit="sentences", help="Number of sentences in one step of a device.")
    rate: float = param(
        0.0, low=0.0, high=10.0,
        help="Learning rate of a device: the step of stochastic gradient descent. 0: the model's default.",
    )  # fmt: skip
    words: int = param(
        600,
        low=8,
        high=20_000,
        unit="words",
        help="Number of words that the model knows, the most common ones. All others count as one word.",
    )
    width: int = param(
        48,
        low=4,
        high=512,
        help="Units of the LSTM (long short-term memory network). A word is a vector of half as many numbers.",
    )
    pretrained: bool = param(
        True,
        help="Start from a base model that was trained on public text. If off, start from random weights of the seed.",
    )
    public: int = param(
        4000, low=100, high=200_000, unit="sentences", suggested=(1000, 4000, 20_000, 40_000),
        help=(
            "Amount of public text that the base is trained on. With more of it, devices have less to add and noise "
            "costs less."
        ),
    )  # fmt: skip
    minimum: int = param(
        3, low=1, high=5000, unit="devices", help="Fewest updates with which a sum is released. Fewer end the round."
    )
    dropouts: float = param(
        0.0, low=0.0, high=0.9, unit="of the devices", help="Chance that a simulated device falls silent."
    )
    rule: str = param(
        MEAN, choices=(MEAN, *RULES),
        help="Rule by which an aggregator that reads the updates combines them. Robust rules withstand some "
             "malicious devices.",
    )  # fmt: skip
    malicious: float = param(
        0.0, low=0.0, high=0.9, unit="of the devices", help="Share of simulated devices that poison the training."
    )
    poison: str = param(
        FLIP, choices=KINDS,
        help=(
            "What malicious devices send: the update times -10, one that hides among the honest (alie), NaN, or "
            "entries beyond the bound. Or what someone on the network does: forge, replay or delay an update."
        ),
    )  # fmt: skip
    version: str = param(
        "",
        help="CID (content identifier) of the version that the training starts from. Empty: a base or random weights.",
    )
    column: str = param("", help="Column of values in a CSV of series. Empty: the last column.")
    who: str = param("", help="Column that says whose a value is in a CSV of series. Empty: the first column.")
    example_noise: float = param(
        0.0, low=0.0, high=100.0, suggested=(0.0, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 4.0), unit="of the clip norm",
        help=(
            "Noise in each step of a device, which protects one of its sentences (DP-SGD). 0: none. The stack's "
            "noise protects one device instead, so the two epsilons do not compare."
        ),
    )  # fmt: skip
    example_clip: float = param(
        1.0, low=1e-3, high=100.0, help="Largest norm of one sentence's part in a step, where there is noise."
    )
