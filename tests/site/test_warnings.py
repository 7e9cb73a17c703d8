"""A warning fails the build, and fails it again when repeated: Sphinx is silent on pages that it does not read anew."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

PARTS = ("_config.yml", "_toc.yml", "book", "notebooks", "tools", "embedbook", "package.json", "README.md")


def build(copy: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(copy / "tools" / "build_site.py"), "build"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=copy)


def test_a_planted_warning_fails_the_first_build_and_the_next(tmp_path: Path) -> None:
    copy = tmp_path / "book"
    copy.mkdir()
    for part in PARTS:
        source = ROOT / part
        shutil.copytree(source, copy / part) if source.is_dir() else shutil.copy(source, copy / part)
    (copy / "node_modules").symlink_to(ROOT / "node_modules", target_is_directory=True)
    page = copy / "book" / "glossary.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n\nSee {ref}`no-such-label`.\n", encoding="utf-8")
    for _ in range(2):
        built = build(copy)
        assert built.returncode != 0
        assert "no-such-label" in built.stdout + built.stderr
        assert not (copy / "_build" / "html").exists()
