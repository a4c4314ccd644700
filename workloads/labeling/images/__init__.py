"""Images that are labelled: those that ship, and those that somebody brings."""
