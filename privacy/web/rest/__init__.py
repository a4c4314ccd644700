"""The REST API: what the pages ask for, for programs on this machine."""
