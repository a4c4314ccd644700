"""Names of the consensus methods: options list them, and listing loads no method."""

MAJORITY, WEIGHTED, LEVELLED = "majority", "weighted", "levels"
ONE_COIN, DAWID_SKENE, HIERARCHICAL, ROBUST = "one-coin", "dawid-skene", "hierarchical", "robust"

SINGLE = (WEIGHTED, ONE_COIN, DAWID_SKENE, HIERARCHICAL, ROBUST)
"""Methods that need single votes."""
