"""Exports of a comparison: CSV for spreadsheets, JSON for programs, and one HTML file to read, print and send.

They take run records and the plan that made them, nothing else: no private input, no wire body, no path of this device.
"""

from privacy.export.document import document, to_json
from privacy.export.link import query_of, to_query
from privacy.export.report import to_html
from privacy.export.table import to_csv

__all__ = ["document", "query_of", "to_csv", "to_html", "to_json", "to_query"]
