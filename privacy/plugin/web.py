"""Imports for a workload's own API routes."""

from privacy.schemas.models import Guarantee, Strict
from privacy.web.limits import Refused
from privacy.web.rest.desk import Desk
from privacy.web.rest.models import Figure, Name, Setting, Settings
from privacy.web.rest.problems import documented

__all__ = [
    "Desk",
    "Figure",
    "Guarantee",
    "Name",
    "Refused",
    "Setting",
    "Settings",
    "Strict",
    "documented",
]
