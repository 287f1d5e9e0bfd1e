"""The composite action and the hook for budget files."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.repository.pages.documentation import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / ".github/actions/validate/action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}


def test_the_actions_that_it_uses_are_pinned() -> None:
    used = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", each) for each in used)


def test_no_input_is_expanded_within_a_script() -> None:
    assert not [step for step in STEPS.values() if "${{" in step["run"]]


@pytest.mark.parametrize(("text", "code"), [("budgets: {spend: {limit: 5 USD}}", 0), ("budgets: 5", 1)])
def test_the_summary_gets_what_validate_prints(tmp_path: Path, text: str, code: int) -> None:
    command = tmp_path / "cloudflare-budgets" / "bin" / "cloudflare-budgets"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m cloudflare_budgets_cli "$@"\n')
    command.chmod(0o755)
    (tmp_path / "budgets.yaml").write_text(text)
    path = os.pathsep.join([str(ROOT / "layers" / "cloudflare_budgets"), str(ROOT / "cli")])
    done = subprocess.run(  # noqa: S603 - a script of this repository
        ["bash", "-e", "-c", STEPS["Validate"]["run"]],  # noqa: S607 - the shell of the runner
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": path,
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "BUDGETS": "budgets.yaml",
        },
        check=False,
    )
    assert done.returncode == code
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("### Budgets\n```\n")
    assert summary.endswith("```\n")
    assert "in 1 file" in summary


def test_the_hook_runs_the_command_on_budget_files() -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"] == "cloudflare-budgets validate"
    assert hook["language"] == "python"
    for name in ("budgets.yaml", "infra/budgets/spend.yml", "budgets/spend.json"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "docs/budgets.md")
