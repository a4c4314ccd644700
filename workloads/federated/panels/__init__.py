"""The pages of federated training."""
