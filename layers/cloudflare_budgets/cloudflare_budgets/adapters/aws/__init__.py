"""Parameter Store, DynamoDB, SNS, S3 and CloudWatch."""
