"""What commands print: tables for people, JSON and CSV for machines."""
