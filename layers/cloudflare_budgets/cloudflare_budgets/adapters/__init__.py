"""One outside system per file or package. Its errors are translated here, once."""
