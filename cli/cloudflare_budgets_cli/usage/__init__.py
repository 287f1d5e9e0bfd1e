"""What an account used and what that costs, by metric, product, zone or region."""
