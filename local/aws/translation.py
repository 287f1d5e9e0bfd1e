"""The template as CloudFormation is given it: SAM's transform, done here.

`python -m local.aws.translation FOLDER` writes the template into a folder for a checker that reads files, as
it is written and as it is given, both with all that is optional switched on.
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


def _write_to(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, template in (("written", source()), ("given", translated())):
        for resource in template["Resources"].values():
            resource.pop("Condition", None)  # a checker passes over what is off by default
        (folder / f"{name}.json").write_text(json.dumps(template, indent=1))


if __name__ == "__main__":
    _write_to(Path(sys.argv[1]))
