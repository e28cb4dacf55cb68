"""The best models of Multi30k: every training and every translation that they come from, one after the other.

    python -m benchmarks.students de --seed 1 --set corpus.root=DIRECTORY [--threads 1] [--print]

A student learns from the real pairs, from what teachers make of the training sources, and from what a
model of the other direction makes of the training targets (data diversification, Nguyen et al. 2020,
arXiv:1911.01986), and ends on the real pairs alone. No other text and no other model takes part.

Each step is a command of the program; it is printed and run. What is done already is not done
again, and a step that was interrupted goes on: the same call is good after anything. The seed is that of
the student; the teachers are the same for all.
"""

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

RECIPE = "multi30k-en-de-1h"
NORMALISED = "model.layer_norm=true"

Command = list[str]  # of `seq2seq`


def german(runs: Path, seed: int) -> list[Command]:
    """Give the steps to the German student."""
    first, backward = runs / "multi30k-en-de-1h-3", runs / "multi30k-de-en-1h"
    second, third = runs / "multi30k-en-de-diversified", runs / "multi30k-en-de-diversified-2"
    student, longer, last = (_seeded(runs / f"multi30k-en-de-student{stage}", seed) for stage in STAGES)
    parts = runs / "diversified"
    real, forward = parts / "forward/real.tsv", parts / "forward/forward.tsv"
    again, back = parts / "forward-2/forward.tsv", parts / "backward/backward.tsv"
    return [
        _train(RECIPE, first, "seed=3"),
        _train("multi30k-de-en-1h", backward, *_languages("de", "en")),
        _distill(forward.parent, "-m", first, "1.4"),
        _distill(back.parent, "--backward", backward, "1.0"),
        _train(
            "multi30k-en-de-diversified",
            second,
            *_pairs(real, forward, back),
            *_training(updates=7500, time_limit_s=7200, validate_every=750),
        ),
        _train(
            "multi30k-en-de-diversified-2",
            third,
            *_after(second),
            *_pairs(real, forward, back),
            *_training(updates=3000, learning_rate="1e-3", warmup_updates=100, validate_every=750),
        ),
        _distill(again.parent, "-m", third, "1.4"),
        _train(
            "multi30k-en-de-student",
            student,
            f"seed={seed}",
            NORMALISED,
            *_pairs(real, forward, again, back),
            *_training(updates=10_000, time_limit_s=7200, validate_every=1000),
        ),
        _train(
            "multi30k-en-de-student-2",
            longer,
            f"seed={seed}",
            *_after(student),
            NORMALISED,
            *_pairs(real, forward, again, back),
            *_training(updates=3000, learning_rate="1e-3", warmup_updates=100, validate_every=600),
        ),
        _train(
            "multi30k-en-de-student-3",
            last,
            f"seed={seed}",
            *_after(longer),
            NORMALISED,
            *_pairs(real),
            *_training(updates=1000, learning_rate="5e-4", warmup_updates=50, validate_every=250),
        ),
    ]


def french(runs: Path, seed: int) -> list[Command]:
    """Give the steps to the French student."""
    first, backward = runs / "multi30k-en-fr-1h-normalised", runs / "multi30k-fr-en"
    student, longer, last = (_seeded(runs / f"multi30k-en-fr-student{stage}", seed) for stage in STAGES)
    parts, again = runs / "diversified/fr", _seeded(runs / "diversified/fr-2", seed)
    real, forward, back = (parts / f"{part}.tsv" for part in ("real", "forward", "backward"))
    languages, network = _languages("en", "fr"), (NORMALISED, "search.length_penalty=1.0")
    there, corpus = (*languages, *network), ("name=multi30k-en-fr", *languages)
    return [
        _train("multi30k-en-fr-1h-normalised", first, *there),
        _train("multi30k-fr-en", backward, *_languages("fr", "en"), *network, *_training(updates=3000)),
        _distill(parts, "-m", first, "1.0", "--backward", str(_model(backward)), settings=corpus),
        _train(
            "multi30k-en-fr-student",
            student,
            f"seed={seed}",
            *there,
            *_pairs(real, forward, back),
            *_training(updates=6000, time_limit_s=7200, validate_every=600),
        ),
        _distill(again, "-m", student, "1.0", settings=corpus),
        _train(
            "multi30k-en-fr-student-2",
            longer,
            f"seed={seed}",
            *_after(student),
            *there,
            *_pairs(real, forward, again / "forward.tsv", back),
            *_training(
                updates=8000,
                time_limit_s=7200,
                learning_rate="1.5e-3",
                warmup_updates=200,
                validate_every=1000,
            ),
        ),
        _train(
            "multi30k-en-fr-student-3",
            last,
            f"seed={seed}",
            *_after(longer),
            *there,
            *_pairs(real),
            *_training(
                updates=6000,
                time_limit_s=7200,
                learning_rate="1.5e-3",
                warmup_updates=100,
                validate_every=1000,
            ),
        ),
    ]


STAGES = ("", "-2", "-3")
STUDENTS: Mapping[str, Callable[[Path, int], list[Command]]] = {"de": german, "fr": french}


def main(arguments: Sequence[str] | None = None) -> None:
    """Do as the command line says; the first step that fails ends it, with its exit code."""
    asked = _parser().parse_args(arguments)
    shared = _set(*asked.overrides)
    if asked.threads is not None:
        shared += ["--threads", str(asked.threads)]
    for step in STUDENTS[asked.language](asked.runs.resolve(), asked.seed):
        command = [*step, *shared]
        print(shlex.join(["seq2seq", *command]), flush=True)
        if not asked.print:
            code = subprocess.run([sys.executable, "-m", "seq2seq", *command], check=False).returncode  # noqa: S603 — ourselves
            if code:
                sys.exit(code)


def _train(name: str, out: Path, *settings: str) -> Command:
    named = () if name == RECIPE else (f"name={name}",)
    return ["train", RECIPE, "--out", str(out), *_set(*named, *settings)]


def _distill(
    out: Path, role: str, teacher: Path, length_penalty: str, *others: str, settings: Sequence[str] = ()
) -> Command:
    search = ["--beam", "4", "--length-penalty", length_penalty]
    return [
        "distill", RECIPE, role, str(_model(teacher)), *others, *search, "--out", str(out), *_set(*settings)
    ]  # fmt: skip


def _languages(source: str, target: str) -> list[str]:
    """The settings that differ from English to German."""
    settings = []
    for side, language, usual in (("source", source, "en"), ("target", target, "de")):
        if language != usual:
            settings += [
                f"corpus.{side}_language={language}",
                f'corpus.train_{side}=["train.{language}.gz"]',
                f'corpus.validation_{side}=["val.{language}"]',
                f'corpus.test_{side}=["test_2016_flickr.{language}"]',
            ]
    return settings


def _pairs(*files: Path) -> list[str]:
    listed = json.dumps([str(file) for file in files])
    return [f"corpus.train={listed}", "corpus.train_source=[]", "corpus.train_target=[]"]


def _training(**settings: str | int) -> list[str]:
    return [f"training.{name}={value}" for name, value in settings.items()]


def _after(run: Path) -> list[str]:
    return [f"begin_with={_model(run)}"]


def _model(run: Path) -> Path:
    return run / "attention/model"


def _seeded(run: Path, seed: int) -> Path:
    return run if seed == 1 else run.with_name(f"{run.name}-seed-{seed}")


def _set(*settings: str) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks.students", description=__doc__.split("\n")[0])
    made.add_argument("language", choices=STUDENTS, help="from English to it")
    made.add_argument("--seed", type=int, default=1, help="of the student")
    made.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", dest="overrides")
    made.add_argument("--runs", type=Path, default=Path("runs"), help="where the runs' directories go")
    made.add_argument("--threads", type=int)
    made.add_argument("--print", action="store_true", help="the commands only")
    return made


if __name__ == "__main__":
    main()
