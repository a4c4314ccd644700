"""The epsilon sandwich: what each mechanism declares of itself, and what an audit could prove, on one axis."""

import streamlit as st

from privacy.services.audits import EPSILONS, AuditSettings
from ui import foreign, resources, sandwich
from ui.kit import notice
from ui.kit.errors import guard

ABOUT = (
    "<div class='vb'><p>A differentially private (DP) mechanism declares an epsilon: an upper bound on what a "
    "release tells. A two-input game measures a lower bound. An attacker sees many releases of one of two inputs and "
    "guesses which. Its success refutes every epsilon below that bound, with 95% confidence. The true "
    "epsilon lies between the two bounds, or the declaration is wrong. A backend without an epsilon plays the same "
    "kind of game, scored by the attacker's advantage: 0 is guessing.</p>"
    "<p class='vb-dim'>Read each row alone. At 95%, up to one honest row in forty shows an advantage above 0, or "
    "refutes its epsilon, by chance. The game uses the conformance kit's small inputs, with vectors that lie far "
    "apart, and nobody's own data.</p></div>"
)


def problems() -> list[str]:
    """What the link asks for and cannot get; read before the widget puts the link right."""
    query = st.query_params.to_dict()
    found = [f"There is no setting named {name[:40]!r}." for name in query if name != "epsilon"]
    if (order := query.get("epsilon")) is not None and order not in _choices():
        offered = ", ".join(_choices())
        found.append(f"The setting epsilon is {order[:40]!r}; choose one of {offered}. The link's value was left out.")
    return found


def _choices() -> dict[str, float]:
    return {f"{epsilon:g}": epsilon for epsilon in EPSILONS}


def page() -> None:
    """Draw the page from the link's epsilon."""
    registry, jobs, choices = resources.registry(), resources.audits(), _choices()
    notice.problems(problems())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Epsilon sandwich", anchor=False, width="content")
        chosen = st.segmented_control(
            "Epsilon declared by each DP mechanism", list(choices), default=f"{AuditSettings.epsilon:g}", required=True,
            key="epsilon", bind="query-params",
        )  # fmt: skip
    st.html(ABOUT)
    settings = AuditSettings(epsilon=choices[chosen or f"{AuditSettings.epsilon:g}"])
    now = jobs.snapshot(settings, registry)
    with guard():
        sandwich.work(settings, registry, jobs, now)
    with guard():
        sandwich.show(now)
    with guard():
        foreign.show(resources.foreign_audits())


with guard():
    page()
