"""What must hold for the repository as a whole: pins, pages, packaging, what loads what."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


def tracked(*paths: str) -> list[str]:
    """Paths of the files that git keeps, relative to the root."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--", *paths]
    listed = subprocess.run(git, capture_output=True, check=True).stdout.decode()
    return [path for path in listed.split("\0") if path]


def pins() -> dict[str, str]:
    """Name and version of each line of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    exact = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): pinned for name, pinned in exact}


def needed() -> Iterator[Requirement]:
    """Everything that the project asks for, and what that asks for in turn, on this platform.

    What asks by `==`, as torch does for the parts of CUDA, has pinned it already.
    """
    waiting = [
        Requirement(line) for line in [*PROJECT["dependencies"], *EXTRAS["dev"], *EXTRAS["tensorboard"]]
    ]
    seen = {"seq2seq"}
    while waiting:
        requirement = waiting.pop()
        exact = any(part.operator == "==" and "*" not in part.version for part in requirement.specifier)
        if exact or canonicalize_name(requirement.name) in seen:
            continue
        seen.add(canonicalize_name(requirement.name))
        yield requirement
        further = [Requirement(line) for line in distribution(requirement.name).requires or []]
        chosen = [{"extra": extra} for extra in requirement.extras] or [{"extra": ""}]
        waiting += [child for child in further if not child.marker or any(map(child.marker.evaluate, chosen))]


def children(paths: list[str], directory: str) -> set[str]:
    """Names of what stands in a directory, directories ended by a slash."""
    below = [path.removeprefix(directory) for path in paths if path.startswith(directory)]
    names = {path.split("/", 1)[0] + ("/" if "/" in path else "") for path in below}
    return names - {"__init__.py"}


def test_every_package_that_is_installed_has_one_pinned_version() -> None:
    """The constraints name all that the project brings along, and nothing floats."""
    unpinned = sorted(
        requirement.name for requirement in needed() if canonicalize_name(requirement.name) not in pins()
    )

    assert unpinned == []
    assert pins()["torch"] == "2.13.0"


def test_pins_lie_within_the_ranges_and_are_what_runs() -> None:
    """What is tested here is what constraints.txt says, and pyproject.toml admits it."""
    outside = [
        str(requirement)
        for requirement in needed()
        if not requirement.specifier.contains(pins()[canonicalize_name(requirement.name)], prereleases=True)
    ]
    running = {name: Version(version(name)).public for name in (canonicalize_name(r.name) for r in needed())}

    assert outside == []
    assert running == {name: pins()[name] for name in running}


def test_generated_code_is_made_by_the_oldest_runtime_that_is_admitted() -> None:
    """A generator newer than the oldest grpcio would shut that grpcio out."""
    runtime = next(r for r in map(Requirement, PROJECT["dependencies"]) if r.name == "grpcio")
    generator = Version(pins()["grpcio-tools"])

    oldest = min(Version(part.version) for part in runtime.specifier if part.operator == ">=")

    assert generator.release[:2] == oldest.release[:2]


def test_the_map_of_the_house_is_true() -> None:
    """README names each thing at the top, in seq2seq/ and in server/, and nothing that is not there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.split("## Map of the house", 1)[1].split("```text\n", 1)[1].split("```", 1)[0]
    drawn: dict[str, set[str]] = {"": set()}
    parent = ""
    for line in block.splitlines():
        name = line.split()[0]
        if not line.startswith(" "):
            parent = name
            drawn[""].add(name)
        else:
            drawn.setdefault(parent, set()).add(name)

    paths = tracked()

    assert drawn == {directory: children(paths, directory) for directory in drawn}


def test_links_between_pages_lead_somewhere() -> None:
    """Each relative link in a page names a file or a directory that is there."""
    broken = [
        f"{page}: {target}"
        for page in tracked("*.md")
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
        if not (ROOT / page).parent.joinpath(target).exists()
    ]

    assert broken == []


def test_no_file_names_a_package_registry_or_the_machine_of_its_author() -> None:
    """Where pip looks is the user's choice, and a path of one machine helps nobody else."""
    words = [
        ("pypi", ".org"),
        ("python", "hosted"),
        ("registry.", "npmjs"),
        ("/wo", "rk/"),
        ("/tm", "p/bash"),
    ]
    unwanted = ["".join(halves).encode() for halves in words]

    found = [
        f"{path}: {word.decode()}"
        for path in tracked()
        if (ROOT / path).is_file()
        for word in unwanted
        if word in (ROOT / path).read_bytes()
    ]

    assert found == []


def test_continuous_integration_runs_what_people_run() -> None:
    """`.ci/run` can be executed, and ends in `make test`."""
    script = ROOT / ".ci/run"

    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").splitlines()[-1] == "make test"


def test_make_alone_explains_every_target() -> None:
    """The targets that the pages name are listed, each with what it does."""
    make = ["make", "-C", str(ROOT), "--no-print-directory"]

    printed = subprocess.run(make, capture_output=True, check=True).stdout.decode()
    explained = {line.split()[1]: line.split()[2:] for line in printed.splitlines()}

    assert set(explained) == {
        "help",
        "setup",
        "demo",
        "lecture",
        "test",
        "lint",
        "format",
        "proto",
        "bench",
        "bench-peers",
    }
    assert all(explained.values())


def test_the_changelog_knows_the_version() -> None:
    """The project's version has a heading, or its changes are still gathered under Unreleased."""
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] in {"Unreleased", PROJECT["version"]}
    assert version("seq2seq") == PROJECT["version"]


def test_an_installed_copy_has_every_file_of_both_packages(tmp_path: Path) -> None:
    """The wheel holds what git keeps below seq2seq/ and server/, its records and kernels."""
    packaged = [path for path in tracked("seq2seq", "server") if path != "server/Dockerfile"]
    for path in [*packaged, "pyproject.toml", "README.md", "LICENSE"]:
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / "tree" / path)

    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"]
    build = [*pip, "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    subprocess.run([*build, str(tmp_path / "tree")], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    built = {name for name in held if name.startswith("seq2seq/nn/inference/_kernels.")}
    assert held - built == set(packaged)
    assert len(built) == 1 if shutil.which("gcc") else not built


@pytest.mark.parametrize(
    "module",
    ["errors", "config", "translation", "client", "preview", "evaluation", "decoding.options", "cli.main"],
)
def test_it_can_be_imported_without_waiting_for_torch(module: str) -> None:
    """`--help`, the client and the values must not cost the seconds that torch takes."""
    code = f"import sys, seq2seq.{module}; sys.exit('torch' in sys.modules)"

    finished = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)

    assert finished.returncode == 0
