"""The Python client of the service; needs grpc and numpy, and not torch.

from seq2seq.client import TranslationClient

with TranslationClient("127.0.0.1:50051") as client:
    print(client.translate("Where is the station?").text)
"""

from seq2seq.client.aio import AsyncTranslationClient
from seq2seq.client.sync import TranslationClient
from seq2seq.client.wire import Delta, ServedModel

__all__ = ["AsyncTranslationClient", "Delta", "ServedModel", "TranslationClient"]
