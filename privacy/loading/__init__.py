"""Loading plugins: files, packages, and what is wrong with them."""
