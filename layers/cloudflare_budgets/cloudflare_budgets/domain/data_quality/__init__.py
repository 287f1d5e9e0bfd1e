"""Whether usage can be trusted: freshness, gaps, vanished metrics; why an amount is unknown."""
