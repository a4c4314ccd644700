"""What tests of surveys share: small settings, a request, and a file of a few people."""

from privacy.request import RunRequest

SMALL = {"devices": 30, "minimum": 5, "dropouts": 0.1}
CSV = "name,age,town\nada,36,Ulm\nbob,nan,Bonn\ncy,41,Ulm\ndee,,Ulm\neve,29,Bonn\nfay,55,\n"


def request(stack: str = "plain", data: str | None = None, seed: int = 0, **options: object) -> RunRequest:
    return RunRequest(workload="survey", stack=stack, data=data, seed=seed, options=SMALL | options)
