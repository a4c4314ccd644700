"""The check of what no view tells: how secrets were shared out in one run, held against algebra.

A polynomial of too low a degree gives shares that look as random as any. Whoever knows the format of the wires can
say which numbers are its values; then too few of them give the others, or they do not.
"""

from privacy.shared_secret import SharedSecret, value_at
from privacy.testing.bench import TOO_FEW, Bench, CheckResult, Sitting


def check_algebra(bench: Bench) -> CheckResult:
    """Of a shared secret one share fewer than the threshold tells nothing, and as many as the threshold tell it.

    Certain: of uniform polynomials one in the size of the field passes through a given further point.
    """
    title = "shared secrets need as many shares as declared"
    transcript = Sitting(bench).run(bench.case.x0, newcomers=True)[1]
    shared = list(bench.mechanism.shared_secrets(bench.case.task, transcript.messages))
    if not shared:
        return CheckResult("algebra", title, None, "its mechanism shows the kit no shares: a black box hides them")
    found = list(dict.fromkeys(fault for one in shared if (fault := _fault(one))))
    told = [one for one in shared if len(one.shares) >= one.threshold]
    if not found and len(told) < len(shared):
        return CheckResult("algebra", title, None, f"{TOO_FEW}fewer shares than the threshold were seen")
    least = min(one.threshold for one in shared)
    fine = f"{len(shared)} secrets, of which {least - 1} shares tell nothing and {least} tell all"
    return CheckResult("algebra", title, not found, "; ".join(found[:4]) or fine)


def _fault(one: SharedSecret) -> str:
    points = sorted(one.shares)
    for count in range(1, min(one.threshold, len(points))):
        few = {x: one.shares[x] for x in points[:count]}
        if value_at(points[count], few, prime=one.prime) == one.shares[points[count]]:
            return f"{count} shares of {one.name} give the others, and {one.threshold} are declared to be needed"
    enough = {x: one.shares[x] for x in points[: one.threshold]}
    if any(value_at(x, enough, prime=one.prime) != one.shares[x] for x in points[one.threshold :]):
        return f"{one.threshold} shares of {one.name} do not give the others"
    return ""
