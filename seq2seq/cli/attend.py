"""`seq2seq attend`: see where the decoder looked, in the terminal."""

import json
import shutil
import sys
from typing import Annotated, get_args

import typer

from seq2seq.cli.lines import read_lines
from seq2seq.cli.options import Beam, Device, Keep, Model, Precision, Prefix, Server, Threads, choice
from seq2seq.decoding.options import MAX_BEAM, SearchWish
from seq2seq.errors import InputError


def attend(  # noqa: PLR0913 — its options
    text: Annotated[
        list[str] | None, typer.Argument(help="Sentences. Default: lines of standard input.")
    ] = None,
    *,
    model: Model = None,
    view: Annotated[
        str, typer.Option(help="matrix, list, text (for screen readers), or auto: the matrix where it fits.")
    ] = "auto",
    glyphs: Annotated[str, typer.Option(help="bars, shade, digits or ascii.")] = "bars",
    subwords: Annotated[
        bool, typer.Option("--subwords", help="The model's pieces instead of words.")
    ] = False,
    top: Annotated[int, typer.Option(help="Partners of a word in the list and the text.", min=1)] = 3,
    beam: Beam = None,
    keep: Keep = None,
    prefix: Prefix = "",
    alternatives: Annotated[
        int,
        typer.Option(
            metavar="N", help="List so many words that may come after the prefix.", min=0, max=MAX_BEAM
        ),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="The preview document.")] = False,
    server: Server = None,
    device: Device = "auto",
    threads: Threads = None,
    precision: Precision = "auto",
) -> None:
    """Translate, and draw which source words the decoder looked at for each target word.

    Attention shows where the decoder looked, not why it chose.
    """
    from seq2seq.cli.roads import Machine, open_road  # noqa: PLC0415 — imports numpy and pydantic
    from seq2seq.preview.cells import GlyphName, glyphs_for  # noqa: PLC0415
    from seq2seq.preview.document import preview_of  # noqa: PLC0415
    from seq2seq.preview.terminal import View, draw  # noqa: PLC0415
    from seq2seq.preview.ways import list_ways, ways_as_json  # noqa: PLC0415
    from seq2seq.translation import Failure  # noqa: PLC0415

    chosen_view = choice(view, get_args(View), "--view")
    chosen_glyphs = glyphs_for(sys.stdout.encoding, choice(glyphs, get_args(GlyphName), "--glyphs"))
    wanted = SearchWish(beam, attention=True, keep=tuple(keep or ()), target_prefix=prefix)
    with open_road(model, server, wanted, Machine(device, threads, precision)) as opened:
        for number, answer in enumerate(opened.translate_lines(text or read_lines(None), window=1)):
            if isinstance(answer, Failure):
                raise InputError(
                    answer.error.problem, where=f"sentence {answer.line}", mend=answer.error.mend
                )
            preview = preview_of(answer, opened.model)
            is_asked = alternatives > 0 and not answer.source.is_blank
            ways = opened.alternatives(answer.source.text, prefix, alternatives) if is_asked else []
            if as_json:
                typer.echo(json.dumps(preview.to_json() | ways_as_json(ways), ensure_ascii=False))
                continue
            width = shutil.get_terminal_size().columns
            drawing = draw(
                preview,
                view=chosen_view,
                width=width,
                glyphs=chosen_glyphs,
                subwords=subwords,
                top=top,
                colour=sys.stdout.isatty(),
            )
            typer.echo(("\n" if number else "") + f"{answer.text}\n\n{drawing}")
            if ways:
                after = f'after "{prefix.strip()}"' if prefix.strip() else "the first word"
                typer.echo(f"\n{after}:\n{list_ways(ways, width=width, glyphs=chosen_glyphs)}")
