"""How many small mistakes in the code the tests would notice."""
