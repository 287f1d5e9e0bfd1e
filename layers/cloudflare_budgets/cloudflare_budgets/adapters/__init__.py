"""One outside system per file; its errors end here, translated once."""
