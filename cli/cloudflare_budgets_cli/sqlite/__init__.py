"""A local SQLite file that stores alerts and state, behind the same ports as DynamoDB."""
