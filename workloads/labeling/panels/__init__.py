"""The pages of labeling, and its part of the Server view."""
