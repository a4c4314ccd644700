"""Long work beside the pages."""
