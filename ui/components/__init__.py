"""Components of the pages that need code in the browser."""
