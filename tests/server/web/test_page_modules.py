"""What needs no browser: the pure modules in Node, against Python; and what the files may hold."""

import json
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import assume, given

import previews
from seq2seq.preview.alignment import align, to_pharaoh
from seq2seq.preview.document import Preview, preview_of
from seq2seq.preview.grid import grid_of
from seq2seq.translation import Translation
from server.web.site import PAGE

NODE = shutil.which("node")
with_node = pytest.mark.skipif(NODE is None, reason="there is no Node to run the page's modules")
RUN = """
import { createInterface } from "node:readline";
import { gridOf, pharaohOf, problemOf } from "./doc.js";
for await (const line of createInterface({ input: process.stdin })) {
  const doc = JSON.parse(line);
  const [best] = doc.hypotheses;
  const grids = [false, true].map((subwords) => gridOf(doc, best, subwords));
  console.log(JSON.stringify({ problem: problemOf(doc), grids, pharaoh: pharaohOf(doc, best) }));
}
"""
Read = Callable[[Preview], dict[str, Any]]


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the modules to where Node takes them for modules."""
    directory = tmp_path_factory.mktemp("page") / "modules"
    shutil.copytree(PAGE, directory)
    (directory / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (directory / "run.js").write_text(RUN, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("page.test.js"), directory)
    return directory


@pytest.fixture(scope="module")
def read(modules: Path) -> Iterator[Read]:
    """Let Node read documents as the page does, one a line."""
    assert NODE is not None
    with subprocess.Popen(
        [NODE, "run.js"], cwd=modules, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        sent, received = process.stdin, process.stdout
        assert sent is not None
        assert received is not None

        def read(document: Preview) -> dict[str, Any]:
            sent.write(json.dumps(document.to_json()) + "\n")
            sent.flush()
            found: dict[str, Any] = json.loads(received.readline())
            return found

        yield read
        sent.close()


@with_node
def test_the_pure_modules_do_what_they_say(modules: Path) -> None:
    """Node's own runner runs page.test.js."""
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--test", "page.test.js"], cwd=modules, capture_output=True, check=False, encoding="utf-8"
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"# pass [1-9]\d", done.stdout)


@with_node
@given(translation=previews.translations())
def test_browser_and_terminal_show_the_same_words_and_weights(read: Read, translation: Translation) -> None:
    """Any document: units, merged weights and Pharaoh links are those of Python."""
    document = preview_of(translation)
    assume(document.hypotheses and is_known(document.source.text + document.hypotheses[0].text))

    found = read(document)

    assert found["problem"] == ""
    assert_same(document, found)


def is_known(text: str) -> bool:
    """Whether this Python knows every sign: Node may know a later Unicode, and more letters."""
    return all(unicodedata.category(sign) != "Cn" for sign in text)


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

    assert {name: length for name, length in lengths.items() if length >= 300} == {}


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
