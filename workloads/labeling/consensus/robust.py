"""The recommended consensus: gold gate, hierarchical Dawid-Skene, near-duplicates as one, and the schism audit.

What it does not solve: a ring that votes well and lies together on few tasks alone.
"""

from dataclasses import replace

import numpy as np

from workloads.labeling.consensus.duplicates import copies, duplicates, joined, share_of
from workloads.labeling.consensus.gate import LEAST, trust_from
from workloads.labeling.consensus.hierarchical import hierarchical
from workloads.labeling.consensus.result import Audit, Consensus
from workloads.labeling.consensus.schism import STRAIN, schism, settle
from workloads.labeling.votes.arrays import Bools, Floats, Ints
from workloads.labeling.votes.table import UNKNOWN, Gold, Votes, as_gold

AUDITS = 20
"""The most tasks that an expert is paid for."""
_PASSES = 3


def robust(
    votes: Votes, *, gold: Gold = None, audit: Audit | None = None, audits: int = AUDITS, seed: int = 0
) -> Consensus:
    """The consensus of all votes, whom to trust found from opened gold.

    `audit` asks an expert; without one, or without gold, no schism is settled. `seed` draws what is audited, and must
    be drawn itself once votes are committed. Audited tasks keep their true class; leave them and gold out of a measure.
    """
    known = as_gold(votes, gold)
    found = _one_voice(votes, known, np.zeros(votes.workers, dtype=bool))
    if (known == UNKNOWN).all():
        return found
    parted = schism(votes, known)
    found = replace(found, strain=parted.strain)
    if audit is None or audits < 1 or parted.strain <= STRAIN:
        return found
    drawn, truth, expelled = settle(votes, known, parted, audit, most=audits, seed=seed)
    if not len(drawn):
        return found
    known[drawn] = truth
    found = _one_voice(votes, known, expelled)
    return replace(found, audited=drawn, expelled=expelled, strain=parted.strain)


def _one_voice(votes: Votes, known: Ints, expelled: Bools) -> Consensus:
    """The hierarchical consensus, then again with near-duplicates as one."""
    trust = np.where(expelled, 0.0, trust_from(votes, known))
    group = copied = copies(votes, known)
    found = hierarchical(votes, gold=known, trust=_shared(trust, group, expelled))
    for _ in range(_PASSES):
        # A better consensus shows more of who copies: the first one may be the copies' own.
        again = joined(copied, duplicates(votes, found.labels))
        if _same(again, group):
            break
        group = again
        found = hierarchical(votes, gold=known, trust=_shared(trust, group, expelled))
    return replace(found, group=group)


def _shared(trust: Floats, group: Ints, expelled: Bools) -> Floats:
    """Trust, parted among near-duplicates, (workers,)."""
    return np.where(expelled, 0.0, np.maximum(trust * share_of(group), LEAST))


def _same(one: Ints, other: Ints) -> bool:
    """Whether two numberings of groups part workers alike."""
    pairs = len(np.unique(np.stack((one, other)), axis=1)[0])
    return pairs == len(np.unique(one)) == len(np.unique(other))
