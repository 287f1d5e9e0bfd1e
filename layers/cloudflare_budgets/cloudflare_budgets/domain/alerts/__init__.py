"""The facts that become alerts, the key that makes a fact one alert, and the end of alerts."""
