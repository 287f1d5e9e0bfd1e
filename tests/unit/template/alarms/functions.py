"""The functions of the template, and the alarms of each."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[4]
ALARM = "AWS::CloudWatch::Alarm"
