"""The template as CloudFormation is given it: SAM's transform, done here.

`python -m local.aws.translation FILE` writes it to a file, as JSON.
"""

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from samtranslator.translator.transform import transform  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

_FILE = Path(__file__).resolve().parents[2] / "template.yaml"


def source() -> dict[str, Any]:
    """Read the template as it is written."""
    written: dict[str, Any] = yaml_parse(_FILE.read_text())
    return written


def translated() -> dict[str, Any]:
    """Translate the template, with the resources that are SAM's own."""
    written = source()
    # SAM translates what was packaged; these stand for the addresses that packaging puts in.
    for resource in written["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/function"
    written["Resources"]["CloudflareBudgetsLayer"]["Properties"]["ContentUri"] = "s3://bucket/layer"
    with mock.patch.dict(os.environ, AWS_DEFAULT_REGION="us-east-1"):
        given: dict[str, Any] = transform(written, {}, SimpleNamespace(load=dict))
    return given


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(translated(), indent=1))
