import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import serving
from seq2seq.v1 import translation_service_pb2 as pb
from server.app import Server
from serving import Stub, translate_request


def test_models_are_shown(server: Server, stub: Stub) -> None:
    """In the order in which they were given, the first one being the default."""
    listed = stub.ListModels(pb.ListModelsRequest(), timeout=10).models
    got = [stub.GetModel(pb.GetModelRequest(name=model.name), timeout=10) for model in listed]

    assert list(listed) == got
    assert [(model.name, model.default_model) for model in got] == [
        ("models/attentive", True),
        ("models/plain", False),
    ]
    assert {model.state for model in got} == {pb.Model.READY}
    assert [model.revision_id for model in got] == [
        m.bundle.revision for m in server.catalogue.models.values()
    ]
    assert (got[0].source_language_code, got[0].target_language_code) == ("en", "fr")
    assert got[0].limits.max_source_tokens == 64
    assert got[0].metrics["validation_bleu"] == pytest.approx(0.04)
    assert got[0].metrics["parameter_count"] > 0


def test_pages_together_are_the_list(stub: Stub) -> None:
    """One model a page, until there is no next page."""
    names, token = [], ""
    while True:
        page = stub.ListModels(pb.ListModelsRequest(page_size=1, page_token=token), timeout=10)
        names += [model.name for model in page.models]
        token = page.next_page_token
        if not token:
            break

    assert names == ["models/attentive", "models/plain"]


@pytest.mark.parametrize(
    ("model", "source", "target", "expected"),
    [
        ("", "", "", "models/attentive"),
        ("models/plain", "", "", "models/plain"),
        ("", "en", "fr", "models/attentive"),
        ("", "en-GB", "FR", "models/attentive"),
        ("models/plain", "en", "", "models/plain"),
    ],
)
def test_a_model_is_chosen(stub: Stub, model: str, source: str, target: str, expected: str) -> None:
    """By its name, by the languages, or else the first one."""
    config = pb.TranslationConfig(source_language_code=source, target_language_code=target)

    assert (
        stub.TranslateText(translate_request("Hello.", model=model, config=config), timeout=10).model
        == expected
    )


def test_a_stranger_needs_nothing_but_reflection(server: Server) -> None:
    """All services are listed, and a call made of the described messages alone is answered."""
    with grpc.insecure_channel(server.address) as channel:
        described = ProtoReflectionDescriptorDatabase(channel)
        services = set(described.get_services())
        service = DescriptorPool(described).FindServiceByName(serving.SERVICE)
        method = service.methods_by_name["TranslateText"]
        request = GetMessageClass(method.input_type)()
        request.contents.append("Hello.")  # type: ignore[attr-defined]
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"/{serving.SERVICE}/TranslateText"
        )
        answer = GetMessageClass(method.output_type).FromString(call(request.SerializeToString(), timeout=10))

    assert services >= {serving.SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    assert sorted(service.methods_by_name) == [
        "FindAlternatives", "GetModel", "ListModels", "ScoreText", "StreamTranslateText", "TranslateText",
    ]  # fmt: skip
    assert answer.translations[0].translated_text  # type: ignore[attr-defined]
