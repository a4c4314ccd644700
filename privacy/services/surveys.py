"""Surveys: what a noised answer costs the people whose cells are in the data, charged before it is released.

All surveys of one file draw on one account, whatever they ask. Generated data has a resettable demo account, a person's
own file the persistent one; a file that was changed in one byte is another file to it.
"""

import secrets

from privacy.mechanism import PrivacyCost
from privacy.request import RunRequest
from privacy.services.ledger import demo, persistent
from privacy.services.releases import BUDGETS
from workloads.survey.data import Cells


def account_of(cells: Cells) -> str:
    """The account of one file."""
    return f"survey of {cells.data_hash[:16]}"


def charge(request: RunRequest, cells: Cells, cost: PrivacyCost) -> None:
    """Charge one release, each anew, as its noise is drawn afresh. BudgetError, with when it frees, if refused."""
    ledger, budget = (demo(), BUDGETS["demo"]) if cells.generated else (persistent(), BUDGETS["own"])
    ledger.charge(account_of(cells), cost, budget=budget, token=secrets.token_hex(16))
