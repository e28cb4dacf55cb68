"""How much memory programs need at most: torch alone, a file of lines and a longer one, an epoch and two."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.processes import peak_mib
from benchmarks.rates import Clock, Line, Row, header
from benchmarks.served import texts, write_model
from benchmarks.sizes import PIECES, VOCABULARY
from seq2seq.nn.inference import is_int8_available

LINES = {"float32": (10_000, 100_000), "int8": (10_000, 100_000, 1_000_000)}
ALL, ABOVE = "all", "above torch"
PAIRS, BATCH = 800, 80  # ten updates an epoch
_SHORT = 4  # words of a line, and pieces of its translation
_PROGRAM = "from seq2seq.cli.main import main; main()"


def measure(rounds: int, clock: Clock) -> Iterator[Line]:  # noqa: ARG001 — memory has neither
    """Yield the table: each program in a process of its own."""
    threads = torch.get_num_threads()
    alone = peak_mib("import torch", [], threads=threads)

    def found(label: str, peak: float) -> Row:
        above = peak - alone
        return Row(label, {ALL: (peak,), ABOVE: (above,)}, f"| {label} | {peak:,.0f} | {above:,.0f} |")

    yield "Pages of files count too, torch's libraries above all. How many the system maps at once goes by"
    yield "how it caches them: a fresh installation may need 35 MiB more. What is above torch changes less."
    yield ""
    yield header("MiB at most", [ALL, ABOVE])
    yield found("import torch", alone)
    with TemporaryDirectory() as name:
        directory = Path(name) / "work"
        write_model(directory)
        for precision in ("float32", "int8") if is_int8_available() else ("float32",):
            for count in LINES[precision]:
                command = _translate(directory, count, precision)
                peak = peak_mib(_PROGRAM, command, threads=threads)
                yield found(f"translate {count:,} lines, {precision}", peak)
        for epochs in (1, 2):
            peak = peak_mib(_PROGRAM, _train(directory, epochs), threads=threads)
            yield found(f"train, {BATCH} sentences a batch, epochs: {epochs}", peak)


def _translate(model: Path, count: int, precision: str) -> Sequence[str]:
    lines = model.with_name("lines.txt")
    few = [" ".join(text.split()[:_SHORT]) for text in texts(model, 1_000)]
    with lines.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{few[number % len(few)]}\n" for number in range(count))
    files = ["-i", str(lines), "-o", str(lines.with_suffix(".out"))]
    return [
        "translate",
        "-q",
        "-m",
        str(model),
        *files,
        "--max-pieces",
        str(_SHORT),
        "--precision",
        precision,
    ]


def _train(model: Path, epochs: int) -> Sequence[str]:
    """Train on sentences that are their own translations: the numbers of pieces are what counts."""
    root = model.parent
    sentences = texts(model, PAIRS + BATCH)
    for part, some in (("train", sentences[:PAIRS]), ("validation", sentences[PAIRS:])):
        (root / f"{part}.tsv").write_text("".join(f"{text}\t{text}\n" for text in some), encoding="utf-8")
    recipe = root / "experiment.toml"
    recipe.write_text(
        f"""
        name = "memory"
        [corpus]
        root = "{root}"
        train = ["train.tsv"]
        validation = ["validation.tsv"]
        [corpus.cleaning]
        drop_identical = false
        [subword]
        algorithm = "bpe"
        vocabulary_size = {VOCABULARY}
        [batching]
        tokens_per_batch = {BATCH * PIECES}
        [model]
        attention_size = 512
        [training]
        warmup_updates = 1
        choose_by = "loss"
        validate_every = "epoch"
        epochs = {epochs}
        """,
        encoding="utf-8",
    )
    return ["train", str(recipe), "-q", "--out", str(root / f"run-{epochs}")]
