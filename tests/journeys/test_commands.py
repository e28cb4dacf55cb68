"""The program itself, as a user runs it: real processes, real files, a real server."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

import tiny
from programs import run

SENTENCES = "Hello.\n\nWhere is the station?\n"


@contextmanager
def serving(
    *models: Path, http: tuple[str, ...] = ("--no-http",), says: str = r"serving .* at (127\.0\.0\.1:\d+)"
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `seq2seq serve` on a free port until the block ends; gives the address that it says."""
    arguments = [part for model in models for part in ("-m", str(model))]
    command = [sys.executable, "-m", "seq2seq", "serve", *arguments, "--grpc", "127.0.0.1:0", *http]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                found = re.search(says, line)
                if found:
                    yield found[1], process
                    break
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


HEAVY = {
    "torch",
    "torch._dynamo",
    "torch._inductor",
    "sympy",
    "numpy",
    "pydantic",
    "sacrebleu",
    "sentencepiece",
    "matplotlib",
    "grpc",
    "server",
}
"""What takes a tenth of a second or more to import, or imports what does."""


def imported(*arguments: str) -> set[str]:
    """Run a command, and give the heavy packages that it left imported."""
    code = """import sys
from seq2seq.cli.main import main
sys.argv[0] = "seq2seq"
try:
    main()
finally:
    sys.stderr.write("imported: " + " ".join(sys.modules.keys()))"""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    _, _, names = done.stderr.rpartition("imported: ")
    return HEAVY & set(names.split())


@pytest.mark.parametrize("command", ["", "translate", "compare", "demo", "model info", "probe gradients"])
def test_help_imports_nothing_heavy(command: str) -> None:
    """Nobody waits to read how a command is called."""
    assert imported(*command.split(), "--help") == set()


def test_translating_imports_what_it_needs_and_no_more(models: Path) -> None:
    """The first line of output does not wait for scores, charts, a wire, or a compiler."""
    found = imported("translate", "-q", "-m", str(models / "attentive"), "Hello.")

    assert found == {"torch", "numpy", "pydantic", "sentencepiece"}


def test_as_many_lines_come_out_as_went_in(models: Path) -> None:
    """A blank line stays blank, U+2028 ends no line, and nothing but translations is on standard output."""
    done = run("translate", "-q", "-m", str(models / "attentive"), stdin=SENTENCES + "One\u2028line.\n\x00\n")

    lines = done.stdout.split("\n")
    assert done.returncode == 0, done.stderr
    assert len(lines) == 6
    assert lines[1] == lines[4] == lines[5] == ""
    assert lines[0]
    assert lines[2]


def test_files_alignment_and_json_hold_a_line_for_each_line(models: Path, tmp_path: Path) -> None:
    """Each row of the attention in the JSON sums to 1, and its size is that of the pieces."""
    source = tmp_path / "in.txt"
    source.write_text(SENTENCES, encoding="utf-8")
    model = str(models / "attentive")
    out, links = tmp_path / "out.txt", tmp_path / "links.txt"

    run("translate", "-q", "-m", model, "-i", str(source), "-o", str(out), "--alignment", str(links))
    documents = run("translate", "-q", "-m", model, "-i", str(source), "--json").stdout.splitlines()

    assert out.read_text(encoding="utf-8").count("\n") == links.read_text(encoding="utf-8").count("\n") == 3
    assert len(documents) == 3
    last = json.loads(documents[2])
    weights = last["hypotheses"][0]["attention"]
    assert all(abs(sum(row) - 1) < 1e-6 for row in weights)
    assert len(weights) == len(last["hypotheses"][0]["tokens"])
    assert {len(row) for row in weights} == {len(last["source"]["tokens"])}


def test_translations_that_go_in_circles_are_kept_from_it_and_named(models: Path) -> None:
    """Random weights go in circles; which lines were kept from it is said once, on standard error."""
    lines = "".join(f"{line}\n" for line in tiny.ENGLISH)
    call = ["translate", "-m", str(models / "attentive"), "--beam", "1", "--json"]

    kept, free = run(*call, stdin=lines), run(*call, "--allow-repetition", stdin=lines)

    found = [
        [json.loads(line)["hypotheses"][0] for line in done.stdout.splitlines()] for done in (kept, free)
    ]
    avoided = [number for number, one in enumerate(found[0], start=1) if one["repetition_avoided"]]
    repetitive = [number for number, one in enumerate(found[1], start=1) if one["repetitive"]]
    assert avoided == repetitive == [3, 4]
    assert not any(one["repetitive"] for one in found[0])
    assert not any(one["repetition_avoided"] for one in found[1])
    assert "kept from going in circles (--allow-repetition turns that off): lines 3, 4\n" in kept.stderr
    assert "going in circles, not to be trusted: lines 3, 4\n" in free.stderr
    assert "circles" not in run(*call, "-q", stdin=lines).stderr


def test_a_line_that_is_too_long_costs_the_others_nothing(models: Path) -> None:
    """It gives an empty line, is named, and the exit code says so."""
    done = run(
        "translate", "-q", "-m", str(models / "plain"), stdin="Hello.\n" + "word " * 9_000 + "\nHello.\n"
    )

    lines = done.stdout.split("\n")
    assert done.returncode == 3
    assert lines[0] == lines[2] != ""
    assert lines[1] == ""
    assert "line 2: the sentence has" in done.stderr
    assert "1 line could not be translated, and is empty in the output" in done.stderr


def test_a_server_gives_what_the_model_gives(models: Path) -> None:
    """The same text, whichever road; with links, health, a model by name, and a clean end."""
    local = run("translate", "-q", "-m", str(models / "attentive"), stdin=SENTENCES).stdout

    with serving(models / "attentive", models / "plain") as (address, _):
        remote = run("translate", "-q", "--server", address, stdin=SENTENCES)
        healthy = run("health", "--server", address)
        drawn = run("attend", "--server", address, "Hello.", "--alternatives", "3")
        unknown = run("translate", "--server", address, "-m", "nobody", "x")

    assert remote.stdout == local
    assert healthy.stdout == "SERVING\n"
    assert "end of sentence" in drawn.stdout
    ours = run("attend", "-m", str(models / "attentive"), "Hello.", "--alternatives", "3").stdout
    assert "the first word:\n" in ours
    assert drawn.stdout.splitlines()[-3:] == ours.splitlines()[-3:]
    assert unknown.returncode == 3
    assert "no such model; this server has models/attentive, models/plain" in unknown.stderr


def test_the_server_says_where_its_page_is(models: Path) -> None:
    """One line in the terminal, to be clicked on."""
    http, says = ("--http", "127.0.0.1:0"), r"attention in the browser: (http://127\.0\.0\.1:\d+/)$"

    with serving(models / "attentive", http=http, says=says) as (address, _):
        page = httpx.get(address, trust_env=False)

    assert "<title>Attention preview" in page.text


def test_attention_is_drawn_and_a_plain_model_says_why_it_has_none(models: Path) -> None:
    """A matrix for one twin, a sentence for the other."""
    attentive = run("attend", "-m", str(models / "attentive"), "Where is the station?")
    plain = run("attend", "-m", str(models / "plain"), "Where is the station?")

    assert attentive.returncode == plain.returncode == 0
    assert "end of sentence" in attentive.stdout
    assert "one vector" in plain.stdout


def test_models_are_compared_and_gates_are_kept(models: Path, tmp_path: Path) -> None:
    """Reports of several runs, on longer sentences too; below a gate the exit code is 6, after the report."""
    source, reference = tmp_path / "test.en", tmp_path / "test.fr"
    source.write_text("\n".join(tiny.ENGLISH) + "\n", encoding="utf-8")
    reference.write_text("\n".join(tiny.FRENCH) + "\n", encoding="utf-8")
    test = ("--test", str(source), str(reference))
    plain, attentive, report = (str(models / "plain"), str(models / "attentive"), tmp_path / "r")

    compared = run(
        *("compare", f"plain={plain}", f"attention={attentive},{attentive}", *test, "-q"),
        *("--stretch", "1,2", "--report", str(report), "--record", str(tmp_path / "results.jsonl")),
        *("--require", "attention>plain", "--fail-under", "90"),
    )
    ensemble = f"{plain},{attentive}"
    gated = run(
        *("evaluate", "-m", ensemble, *test, "-q", "--fail-under", "90"),
        *("--record", str(tmp_path / "results.jsonl"), "--test-name", "news"),
    )

    assert compared.returncode == 6
    assert "fewer than 200 cannot carry a comparison" in compared.stdout
    assert re.search(r"by sentences joined +1 +2\n", compared.stdout)
    assert "seq2seq: attention: BLEU is " in compared.stderr
    assert "; attention>plain: the difference is " in compared.stderr
    document = json.loads((report / "report.json").read_text(encoding="utf-8"))
    assert [len(system["runs"]) for system in document["systems"]] == [1, 2]
    assert [system["attention"] is None for system in document["systems"]] == [True, False]
    assert document["stretches"][1]["sentences"] == 2
    lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [line["system"] for line in lines] == [*["plain"] * 2, *["attention"] * 4, "plain+attentive"]
    assert [line["test"] for line in lines[:2]] == ["test", "test, 2 sentences joined"]
    assert (lines[-1]["test"], lines[-1]["format"]) == ("news", "result/1")
    assert (report / "report.md").read_text(encoding="utf-8").startswith("# plain and attention\n")
    page = (report / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "Where attention looked" in page
    assert (report / "figures" / "stretched.svg").is_file()
    assert gated.returncode == 6
    assert "tok:13a" in gated.stdout


def test_a_model_is_described(models: Path) -> None:
    """The card for people and for programs."""
    described = run("model", "info", str(models / "attentive"))
    as_json = run("model", "info", str(models / "attentive"), "--json")

    assert "parameters" in described.stdout
    assert json.loads(as_json.stdout)["attention"] == "bahdanau"
