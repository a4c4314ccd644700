"""What tests of the privacy ledger share: a noon, a cost without a pure bound, and a payment."""

import math
from datetime import UTC, datetime

from privacy.mechanism import PrivacyCost

NOON = datetime(2025, 6, 15, 12, tzinfo=UTC)
INF = math.inf
GAUSSIAN = PrivacyCost(epsilon=INF, rho=0.02)


def pay(ledger, cost, *, budget, token, user="ada", now=NOON):
    return ledger.charge(user, cost, budget=budget, token=token, now=now)
