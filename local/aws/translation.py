"""The template after the translation by SAM, as CloudFormation processes it.

`python -m local.aws.translation FOLDER` writes the template before and after the translation into a folder,
for tools that scan files. Both files contain the conditional resources without their conditions.
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
    """Return the parsed template."""
    written: dict[str, Any] = yaml_parse(_FILE.read_text())
    return written


def translated() -> dict[str, Any]:
    """Return the template after the translation, with the resources that SAM generates."""
    written = source()
    # SAM translates packaged templates; these are examples of the URLs that packaging inserts.
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
            resource.pop("Condition", None)  # a tool does not scan conditional resources
        (folder / f"{name}.json").write_text(json.dumps(template, indent=1))


if __name__ == "__main__":
    _write_to(Path(sys.argv[1]))
