"""A keyboard on the page: the next words after what is typed, of the model before and after."""

import streamlit as st

from privacy.plugin import RunRequest
from privacy.plugin.host import options_of
from privacy.plugin.running import Registry
from ui.kit.html import render
from workloads.federated.plan import read
from workloads.federated.tasks.words import Words
from workloads.federated.text.vocabulary import PAD
from workloads.federated.versions import Versions


def show(request: RunRequest, registry: Registry, *, before: str, after: str) -> None:
    """A line to type in, and what each model suggests."""
    text = st.text_input("Type a few words", "did you cook my", key="federated.typed", max_chars=200)
    plan = read(request, options_of(request, registry))
    task = plan.task
    if not isinstance(task, Words):
        return
    rows = task.vocabulary.encode([text])
    ids = [int(one) for one in (rows[-1] if len(rows) else task.vocabulary.encode(["x"])[0][:1]) if one != PAD]
    with plan.team() as team, Versions(registry) as versions:
        models = [
            (name, versions.get(version, task))
            for name, version in (("before", before), ("after", after))
        ]
        found = [
            (name, [(task.called(i), chance) for i, chance in team.next_words(ids, weights)])
            for name, weights in models
        ]
    st.html(render("federated/panels/keyboard", found=found, version=after))
