"""Tables of any make: cells, lines, CSV files, and what their columns mean."""
