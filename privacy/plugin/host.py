"""The host's services for pages and workers: state, jobs, books, and the one door for runs."""

from privacy import lab
from privacy.fingerprint import code_fingerprint
from privacy.home import cache_dir, guarded, home, locked, room, write_atomic
from privacy.jobs.book import JobBook
from privacy.jobs.job import Progress, Report, work
from privacy.lab import Opened, opened
from privacy.services import datasets
from privacy.services.datasets import Brought, Choice
from privacy.services.evaluations import Evaluation, Snapshot
from privacy.services.ledger import Balance, Spent
from privacy.services.releases import balance
from privacy.services.rounds import Private, RoundBook
from privacy.services.run_jobs import RunState
from privacy.stacks import code_of, fields_of, offered, options_of, resolve, spec_of

__all__ = [
    "Balance",
    "Brought",
    "Choice",
    "Evaluation",
    "JobBook",
    "Opened",
    "Private",
    "Progress",
    "Report",
    "RoundBook",
    "RunState",
    "Snapshot",
    "Spent",
    "balance",
    "cache_dir",
    "code_fingerprint",
    "code_of",
    "datasets",
    "fields_of",
    "guarded",
    "home",
    "lab",
    "locked",
    "offered",
    "opened",
    "options_of",
    "resolve",
    "room",
    "spec_of",
    "work",
    "write_atomic",
]
