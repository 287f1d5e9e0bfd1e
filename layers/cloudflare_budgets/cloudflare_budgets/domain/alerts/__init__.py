"""What people are told about, the identity that makes it one alert, and when it is resolved."""
