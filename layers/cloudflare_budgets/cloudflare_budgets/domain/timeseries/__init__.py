"""Statistics of one daily series: weekday factors, level, forecast, spikes."""
