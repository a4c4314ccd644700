"""The pieces of the Server view."""
