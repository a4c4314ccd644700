"""What all sessions of this process share: the registry, the book of feeds, the evaluations."""

import os

import streamlit as st

from privacy.compare.book import Comparisons
from privacy.fingerprint import look_again
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.services.audits import Audits
from privacy.services.checks import Checks
from privacy.services.evaluations import Evaluations
from privacy.services.run_jobs import RunJobs
from workloads.fyp import workload as fyp
from workloads.fyp.book import FeedBook
from workloads.survey.curves import Rounds
from workloads.survey.panels.book import SurveyBook


@st.cache_resource(show_spinner=False)
def registry() -> Registry:
    """All plugins, found once."""
    return discover()


@st.cache_resource(show_spinner=False)
def feed_book() -> FeedBook:
    """Every feed, run once."""
    return FeedBook()


@st.cache_resource(show_spinner=False)
def evaluations() -> Evaluations:
    """Every evaluation, run once."""
    return Evaluations()


@st.cache_resource(show_spinner=False)
def audits() -> Audits:
    """Every audit, run once."""
    return Audits()


def reload_plugins() -> Registry:
    """Find all plugins anew, for every session: changed single files are read again."""
    registry.clear()
    look_again()
    return registry()


@st.cache_resource(show_spinner=False)
def checks() -> Checks:
    """Every conformance check, one job for each backend."""
    return Checks()


@st.cache_resource(show_spinner=False)
def run_jobs() -> RunJobs:
    """Every run that a program asked for."""
    return RunJobs()


@st.cache_resource(show_spinner=False)
def comparisons() -> Comparisons:
    """Every comparison, one job each."""
    return Comparisons()


@st.cache_resource(show_spinner=False)
def rounds() -> Rounds:
    """Every attack on many rounds, run once."""
    return Rounds()


@st.cache_resource(show_spinner=False)
def survey_book() -> SurveyBook:
    """Every round of a survey, run once."""
    return SurveyBook()


def cohort() -> int:
    """Held-out simulated people of an evaluation: `VEILBENCH_COHORT`, else 200. Tests take fewer."""
    text = os.environ.get("VEILBENCH_COHORT", "")
    return int(text) if text.isdecimal() else RunRequest().cohort


def warm() -> None:
    """Run the first feed and import the mechanisms of the others, before anyone waits for them."""
    found = registry()
    feed_book().get(RunRequest(cohort=cohort()), found)
    fyp.preload(found)
