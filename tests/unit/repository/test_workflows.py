"""The workflows run what `.ci/run` runs, with pinned actions, and publish the changelog."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from cloudflare_budgets import VERSION
from tests.unit.repository.pages.documentation import OTHERS, ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
CHANGELOG = OTHERS["CHANGELOG.md"]


def steps(workflow: Path) -> list[dict[str, str]]:
    jobs = yaml.safe_load(workflow.read_text())["jobs"].values()
    return [step for job in jobs for step in job.get("steps", [])]


def test_the_checks_are_those_of_ci_run() -> None:
    [command] = [step["run"] for step in steps(ROOT / ".github/workflows/checks.yml") if "run" in step]
    assert command == ".ci/run"
    assert (ROOT / command).stat().st_mode & 0o100


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit(workflow: Path) -> None:
    for step in steps(workflow):
        if "uses" in step:
            assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", step["uses"])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_permission_but_those_of_its_jobs(workflow: Path) -> None:
    document = yaml.safe_load(workflow.read_text())
    assert document["permissions"] == {}
    assert all("permissions" in job for job in document["jobs"].values())


def test_a_release_has_its_section_of_the_changelog(tmp_path: Path) -> None:
    [command] = [
        step["run"] for step in steps(ROOT / ".github/workflows/release.yml") if "awk" in step.get("run", "")
    ]
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    subprocess.run(  # noqa: S603 - a command of this repository
        ["bash", "-e", "-c", command],  # noqa: S607 - the shell of the runner
        cwd=tmp_path,
        env={"GITHUB_REF_NAME": f"v{VERSION}", "PATH": "/usr/bin:/bin"},
        check=True,
    )
    notes = (tmp_path / "notes.md").read_text()
    assert (
        notes.strip()
        == CHANGELOG.partition(f"\n## {VERSION} - ")[2].partition("\n## ")[0].partition("\n")[2].strip()
    )
    assert "### Added" in notes


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", heading) for heading in headings[1:])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= kinds


def test_every_hook_before_a_commit_is_a_pinned_tool_of_the_environment() -> None:
    hooks = [
        hook
        for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
        for hook in repo["hooks"]
    ]
    assert {hook["language"] for hook in hooks} == {"system", "pygrep"}
    assert all(".venv/bin/" in hook["entry"] for hook in hooks if hook["language"] == "system")
