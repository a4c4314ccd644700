"""The same training under Flower, in an environment of its own (`make flower`): what the bench compares with."""
