"""What ships with the layer is what the package calls."""

import re
from pathlib import Path

LAYER = Path(__file__).parents[3] / "layers" / "cloudflare_budgets"


def test_botocore_can_describe_each_service_that_a_client_is_made_for_and_no_other() -> None:
    clients = (LAYER / "cloudflare_budgets" / "adapters" / "aws" / "clients.py").read_text()
    made = re.findall(r'create_client\("([\w-]+)"', clients)
    [kept] = re.findall(r"^AWS_SERVICES := (.+)$", (LAYER / "Makefile").read_text(), re.MULTILINE)
    assert kept.split() == sorted(made)
