"""Built-in plugins: they come in by the same hooks as anyone's."""
