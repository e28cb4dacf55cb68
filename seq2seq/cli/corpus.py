"""`seq2seq corpus`: make the built-in corpus, and look at any."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.amounts import amount
from seq2seq.cli.lines import note
from seq2seq.cli.options import Json

app = typer.Typer(help="Make the built-in corpus, and look at any.", no_args_is_help=True)


@app.command()
def phrasebook(
    *,
    size: Annotated[int, typer.Option(help="Training sentences.", min=1)] = 20_000,
    out: Annotated[
        Path | None, typer.Option("--out", help="Directory for train, validation and test.tsv.")
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option("--sample", help="Print so many pairs instead, spread over all patterns.", min=1),
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    as_json: Json = False,
) -> None:
    """Write the English-French phrasebook, any size; the same seed writes the same sentences."""
    from seq2seq.data.phrasebook import corpus  # noqa: PLC0415 — reads the lexicon
    from seq2seq.errors import UsageError  # noqa: PLC0415

    if sample is not None:
        for phrase in corpus.sample(sample, seed):
            typer.echo(f"{phrase.english}\t{phrase.french}")
    elif out is not None:
        report = corpus.write_corpus(out, size, seed)
        typer.echo(report.to_json() if as_json else report.text())
    else:
        raise UsageError(
            "nothing to do", mend="Name a directory with --out, or look at some pairs with --sample 40."
        )


@app.command()
def stats(
    source: Annotated[Path, typer.Argument(help="Source sentences, or a TSV of pairs; plain or .gz.")],
    target: Annotated[Path | None, typer.Argument(help="Target sentences, when the first is no TSV.")] = None,
    *,
    test: Annotated[
        list[Path] | None,
        typer.Option(help="TSV of an evaluation set to look for in the corpus; may be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Count pairs, lengths, duplicates, copies, odd characters and leaked test pairs."""
    from seq2seq.data.readers import ReadReport, read_parallel, read_tsv  # noqa: PLC0415 — imports numpy
    from seq2seq.data.stats import corpus_stats  # noqa: PLC0415

    report = ReadReport()
    pairs = (
        read_tsv(source, skip_bad=True, report=report)
        if target is None
        else read_parallel(source, target, skip_bad=True, report=report)
    )
    others = {path.name: read_tsv(path, skip_bad=True) for path in test or []}
    found = corpus_stats(pairs, others)
    if report.skipped.total:
        note(f"{amount(report.skipped.total, 'line')} cannot be used\n{report.skipped.text()}")
    typer.echo(found.to_json() if as_json else found.text())
