"""Who may label, and how many votes a task needs."""
