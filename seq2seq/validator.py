"""What a translator in training is judged by."""

from torch import nn

from seq2seq.batch import collate
from seq2seq.data.dataset import Dataset
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.evaluation.scores import bleu
from seq2seq.nn.model import TranslationModel
from seq2seq.training.outcome import Validation


class Validator:
    """Loss over the validation pairs, and BLEU of their translations.

    Args:
        dataset: whose validation pairs are taken.
        options: how they are translated.
        tokenize: sacreBLEU's tokenizer.
    """

    def __init__(self, dataset: Dataset, options: SearchOptions, tokenize: str) -> None:
        split = dataset.validation
        self._pairs = sorted((split.pair(i) for i in range(len(split))), key=lambda pair: len(pair[1]))
        texts = dataset.validation_text()
        self._references = [target for _, target in texts]
        self._sources = [tuple(dataset.source_subword.encode(source)) for source, _ in texts]
        self._options = options
        self._decode = dataset.target_subword.decode
        self._tokenize = tokenize
        self._chunk = 64  # pairs a batch

    def __call__(self, model: nn.Module) -> Validation:
        """Judge a model that gives a `Loss` when it is called, and translates."""
        assert isinstance(model, TranslationModel), f"a {type(model).__name__} does not translate"
        nll, tokens = 0.0, 0
        for start in range(0, len(self._pairs), self._chunk):
            loss = model(collate(self._pairs[start : start + self._chunk]))
            nll, tokens = nll + loss.nll.item(), tokens + loss.tokens
        score = bleu(self._translate(model), [self._references], self._tokenize)
        return Validation(nll / tokens, score.value, score.signature)

    def _translate(self, model: TranslationModel) -> list[str]:
        found = search_all(model, self._sources, self._options)
        return [
            self._decode(finished.hypotheses[0].tokens) if finished.hypotheses else "" for finished in found
        ]
