"""What a round of training costs here, beside Flower."""
