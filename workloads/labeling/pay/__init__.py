"""What votes are paid: points for what a vote tells beyond the base rate."""
