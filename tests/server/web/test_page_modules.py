"""What needs no browser: the pure modules in Node, against Python; and what the files may hold."""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import previews
from seq2seq.preview.alignment import align, to_pharaoh
from seq2seq.preview.document import Preview, preview_of
from seq2seq.preview.grid import grid_of
from server.web.site import PAGE

NODE = shutil.which("node")
with_node = pytest.mark.skipif(NODE is None, reason="there is no Node to run the page's modules")
RUN = """
import { gridOf, pharaohOf, problemOf } from "./doc.js";
let input = "";
for await (const chunk of process.stdin) input += chunk;
const answers = JSON.parse(input).map((doc) => {
  const [best] = doc.hypotheses;
  const grids = [false, true].map((subwords) => gridOf(doc, best, subwords));
  return { problem: problemOf(doc), grids, pharaoh: pharaohOf(doc, best) };
});
console.log(JSON.stringify(answers));
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the modules to where Node takes them for modules."""
    directory = tmp_path_factory.mktemp("page") / "modules"
    shutil.copytree(PAGE, directory)
    (directory / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (directory / "run.js").write_text(RUN, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("page.test.js"), directory)
    return directory


def node(modules: Path, *arguments: str, given: str = "") -> str:
    """Run Node among the modules."""
    assert NODE is not None
    done = subprocess.run(
        [NODE, *arguments], cwd=modules, input=given, capture_output=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@with_node
def test_the_pure_modules_do_what_they_say(modules: Path) -> None:
    """Node's own runner runs page.test.js."""
    printed = node(modules, "--test", "page.test.js")

    assert re.search(r"# pass [1-9]\d", printed)


@with_node
def test_browser_and_terminal_show_the_same_words_and_weights(modules: Path) -> None:
    """Any document: units, merged weights and Pharaoh links are those of Python."""

    @settings(max_examples=8)
    @given(st.lists(previews.translations(), min_size=10, max_size=20))
    def check(translations: Sequence[Any]) -> None:
        documents = [preview_of(translation) for translation in translations if translation.candidates]
        sent = json.dumps([document.to_json() for document in documents])
        for document, found in zip(documents, json.loads(node(modules, "run.js", given=sent)), strict=True):
            assert found["problem"] == ""
            assert_same(document, found)

    check()


def assert_same(document: Preview, found: dict[str, Any]) -> None:
    """Compare what Node made of a document with what Python makes of it."""
    best = document.hypotheses[0]
    assert found["pharaoh"] == to_pharaoh(align(document))
    for subwords, grid in zip((False, True), found["grids"], strict=True):
        here = grid_of(document.source, best, subwords=subwords)
        for units, ours in ((grid["source"], here.source), (grid["target"], here.target)):
            assert [unit["text"] for unit in units] == [unit.text for unit in ours]
            assert [unit["word"] for unit in units] == [unit.number for unit in ours]
            assert [unit["isEnd"] for unit in units] == [unit.is_end for unit in ours]
            assert [unit["continues"] for unit in units] == [unit.is_continuation for unit in ours]
        assert np.allclose(grid["weights"], here.weights, atol=1e-9)


def test_no_file_of_the_page_leads_elsewhere() -> None:
    """Nothing is fetched from another host; only XML namespaces look like addresses."""
    files = [path for path in PAGE.rglob("*") if path.is_file()]
    found = {
        address
        for path in files
        for address in re.findall(
            r"(?:https?:)?//[\w.-]+\.[a-z]+[^\s\"'`)]*", path.read_text(encoding="utf-8")
        )
    }

    assert len(files) > 10
    assert found == {"http://www.w3.org/2000/svg"}


def test_text_goes_in_as_text_only() -> None:
    """No module makes HTML of a string, or code."""
    words = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    )

    assert not [path.name for path in PAGE.glob("*.js") if words.search(path.read_text(encoding="utf-8"))]


def test_each_file_is_one_idea() -> None:
    """As with the rest of the code: under 300 lines, the style sheet too."""
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in PAGE.iterdir()}

    assert {name: length for name, length in lengths.items() if length >= 310} == {}


def test_the_page_is_served_and_nothing_beside_it(client: httpx.Client) -> None:
    """Each of its files, with a type that a browser takes; no path leads out of its directory."""
    page = client.get("/")
    scripts = {path.name: client.get(f"/{path.name}") for path in PAGE.glob("*.js")}
    beside = [
        "/../api.py",
        "/%2e%2e/api.py",
        "/..%2fapi.py",
        "/page/../../api.py",
        "//etc/passwd",
        "/api.py",
        "/..\\api.py",
        "/%00",
    ]

    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    assert client.get("/", headers={"if-none-match": page.headers["etag"]}).status_code == 304
    assert {script.status_code for script in scripts.values()} == {200}
    assert all("javascript" in script.headers["content-type"] for script in scripts.values())
    assert {status_of(client.base_url, path) for path in beside} == {404}


def status_of(base: httpx.URL, path: str) -> int:
    """Ask for a path as it is written: a client with manners would tidy it up."""
    connection = HTTPConnection(base.host, base.port, timeout=10)
    connection.request("GET", path)
    with connection.getresponse() as response:
        response.read()
    connection.close()
    return response.status
