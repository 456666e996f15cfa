"""Client-, server- and bidirectional streaming, over grpcio: imports, health Watch, reflection."""
import asyncio
import time

import grpc
import pytest
import support
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from support import CALL_SECONDS, harness, profile, values

SERVICES = {"bespoke.v1.DecisionService", "bespoke.v1.ProfileService", "bespoke.v1.EventService", "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection"}


def rows(count, start=0):
    return [profile.ImportRow(line=number + 2, profile=profile.Profile(
        kind=profile.PROFILE_KIND_VISITOR, id=f"streamed-{number}",
        features={"age": profile.Feature(value=support.value(20 + number % 50))}))
        for number in range(start, start + count)]


def messages(count, size, **options):
    yield profile.ImportProfilesRequest(options=profile.ImportOptions(**options))
    for start in range(0, count, size):
        yield profile.ImportProfilesRequest(rows=rows(min(size, count - start), start))


def test_a_client_stream_is_imported_and_seen_by_the_next_decision(start):
    with grpc.insecure_channel(start().data) as channel:
        stub = support.Profiles(channel)
        answer = stub.ImportProfiles(messages(5_000, 500), timeout=CALL_SECONDS)
        assert (answer.written, answer.rejected, answer.committed) == (5_000, 0, True)
        read = stub.GetProfile(profile.GetProfileRequest(kind=profile.PROFILE_KIND_VISITOR, id="streamed-4999"),
                               timeout=CALL_SECONDS)
        assert read.features["age"].value.int == 20 + 4_999 % 50


async def test_an_asyncio_client_stream_is_imported(start):
    async with grpc.aio.insecure_channel(start().data) as channel:
        call = support.Profiles(channel).ImportProfiles(timeout=CALL_SECONDS)
        for message in messages(300, 100):
            await call.write(message)
        await call.done_writing()
        assert (await call).written == 300


def test_a_dry_run_writes_nothing(start):
    with grpc.insecure_channel(start().data) as channel:
        stub = support.Profiles(channel)
        answer = stub.ImportProfiles(messages(10, 10, dry_run=True), timeout=CALL_SECONDS)
        assert (answer.written, answer.committed) == (10, False)
        with support.refused(grpc.StatusCode.NOT_FOUND, "streamed-0"):
            stub.GetProfile(profile.GetProfileRequest(kind=profile.PROFILE_KIND_VISITOR, id="streamed-0"),
                            timeout=CALL_SECONDS)


def test_one_bad_row_among_many_stops_the_import_unless_it_may_be_skipped(start):
    def with_a_bad_row(**options):
        yield profile.ImportProfilesRequest(options=profile.ImportOptions(**options))
        bad = profile.ImportRow(line=77, profile=profile.Profile(
            kind=profile.PROFILE_KIND_VISITOR, id="bad",
            features={"age": profile.Feature(value=support.value("old"))}))
        yield profile.ImportProfilesRequest(rows=rows(5) + [bad])

    with grpc.insecure_channel(start().data) as channel:
        stub = support.Profiles(channel)
        answer = stub.ImportProfiles(with_a_bad_row(), timeout=CALL_SECONDS)
        assert (answer.rejected, answer.committed) == (1, False)
        assert (answer.rejects[0].line, answer.rejects[0].id) == (77, "bad")
        assert "age" in answer.rejects[0].reason
        answer = stub.ImportProfiles(with_a_bad_row(skip_invalid=True), timeout=CALL_SECONDS)
        assert (answer.written, answer.rejected, answer.committed) == (5, 1, True)


def visitor_row(id_, line=0, account="", **features):
    return profile.ImportRow(line=line, profile=profile.Profile(
        kind=profile.PROFILE_KIND_VISITOR, id=id_, account_id=account,
        features={name: profile.Feature(value=support.value(value)) for name, value in features.items()}))


def test_rows_of_one_profile_take_effect_in_their_order_and_over_what_is_stored(start):
    with grpc.insecure_channel(start().data) as channel:
        stub = support.Profiles(channel)
        stub.ImportProfiles(iter([profile.ImportProfilesRequest(
            rows=[visitor_row("twice", age=20, title="Cook", account="acme.example")])]), timeout=CALL_SECONDS)
        answer = stub.ImportProfiles(iter([profile.ImportProfilesRequest(
            rows=[visitor_row("twice", age=30), visitor_row("other", age=1), visitor_row("twice", age=31)])]),
            timeout=CALL_SECONDS)
        assert (answer.written, answer.rejected, answer.committed) == (3, 0, True)
        read = stub.GetProfile(profile.GetProfileRequest(kind=profile.PROFILE_KIND_VISITOR, id="twice"), timeout=CALL_SECONDS)
        assert (read.version, read.account_id) == (3, "acme.example")
        assert (read.features["age"].value.int, read.features["title"].value.string) == (31, "Cook")


def test_visitors_and_accounts_come_in_one_import(start):
    account = profile.ImportRow(profile=profile.Profile(kind=profile.PROFILE_KIND_ACCOUNT, id="both.example"))
    with grpc.insecure_channel(start().data) as channel:
        stub = support.Profiles(channel)
        answer = stub.ImportProfiles(iter([profile.ImportProfilesRequest(
            rows=[visitor_row("both", account="both.example"), account])]), timeout=CALL_SECONDS)
        assert (answer.written, answer.committed) == (2, True)
        for kind, id_ in [(profile.PROFILE_KIND_VISITOR, "both"), (profile.PROFILE_KIND_ACCOUNT, "both.example")]:
            assert stub.GetProfile(profile.GetProfileRequest(kind=kind, id=id_), timeout=CALL_SECONDS).version == 1


@pytest.mark.parametrize("skips", [False, True])
def test_what_is_too_large_only_over_the_stored_profile_is_refused_with_its_line(start, tmp_path, skips):
    (tmp_path / "rules.yaml").write_text(
        "attributes:\n  visitor:\n    one: {type: strings}\n    two: {type: strings}\n    age: {type: int}\n")

    def members(letter):
        return [f"{letter}{number:02}" + "x" * 4_000 for number in range(9)]

    with grpc.insecure_channel(start(rules=tmp_path).data) as channel:
        stub = support.Profiles(channel)
        options = profile.ImportOptions(skip_invalid=skips)
        stub.ImportProfiles(iter([profile.ImportProfilesRequest(rows=[visitor_row("big", one=members("a"))])]),
                            timeout=CALL_SECONDS)
        answer = stub.ImportProfiles(iter([profile.ImportProfilesRequest(options=options, rows=[
            visitor_row("good", line=5, age=1), visitor_row("big", line=6, two=members("b"))])]), timeout=CALL_SECONDS)
        assert (answer.written, answer.rejected, answer.committed) == (1 if skips else 0, 1, skips)
        assert [(reject.line, reject.id) for reject in answer.rejects] == [(6, "big")]
        assert "larger than 60000 bytes" in answer.rejects[0].reason
        request = profile.GetProfileRequest(kind=profile.PROFILE_KIND_VISITOR, id="big")
        assert stub.GetProfile(request, timeout=CALL_SECONDS).version == 1
        request.id = "good"
        if skips:
            assert stub.GetProfile(request, timeout=CALL_SECONDS).version == 1
        else:
            with support.refused(grpc.StatusCode.NOT_FOUND, "good"):
                stub.GetProfile(request, timeout=CALL_SECONDS)


def test_an_import_under_way_goes_on_over_a_rule_push_unless_that_says_otherwise_what_it_holds(start, tmp_path):
    def rules(name, text):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "rules.yaml").write_text("attributes:\n  visitor:\n" + text)
        return folder

    first = rules("first", "    age: {type: int}\n")
    more = rules("more", "    age: {type: int}\n    title: {type: string}\n")
    other = rules("other", "    title: {type: string}\n")
    daemon = start(rules=first)

    def messages_around_a_push(folder):
        yield profile.ImportProfilesRequest(rows=[visitor_row("before", age=1)])
        # The first is taken before the rules are: each message is acknowledged by the room for the next.
        time.sleep(0.5)
        daemon.ctl("rules", "push", folder)
        yield profile.ImportProfilesRequest(rows=[visitor_row("after", age=2)])

    with grpc.insecure_channel(daemon.data) as channel:
        stub = support.Profiles(channel)
        assert stub.ImportProfiles(messages_around_a_push(more), timeout=CALL_SECONDS).written == 2
        with support.refused(grpc.StatusCode.ABORTED, "send them again"):
            stub.ImportProfiles(messages_around_a_push(other), timeout=CALL_SECONDS)


def test_health_is_serving_for_the_whole_and_for_each_service(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ["", "bespoke.v1.DecisionService", "bespoke.v1.ProfileService", "bespoke.v1.EventService"]:
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=CALL_SECONDS)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, service
    with support.refused(grpc.StatusCode.NOT_FOUND):
        stub.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=CALL_SECONDS)


def test_health_watch_tells_when_a_rule_set_makes_it_ready(start):
    started = start(rules=None)
    with grpc.insecure_channel(started.data) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(
            health_pb2.HealthCheckRequest(service="bespoke.v1.DecisionService"), timeout=CALL_SECONDS)
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        started.ctl("rules", "push", harness.RULES)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()


async def test_asyncio_health_watch_streams_and_is_cancelled(daemon):
    async with grpc.aio.insecure_channel(daemon.data) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service="nobody"))
        first = await watch.read()
        assert first.status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        watch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watch.read()


def test_reflection_lists_the_services_of_each_port(channel, admin_channel):
    # grpcio's client speaks v1alpha, which is served for such clients; whether it is listed is left open.
    alpha = {"grpc.reflection.v1alpha.ServerReflection"}
    assert set(ProtoReflectionDescriptorDatabase(channel).get_services()) - alpha == SERVICES
    services = set(ProtoReflectionDescriptorDatabase(admin_channel).get_services()) - alpha
    assert services == SERVICES | {"bespoke.v1.AdminService"}


@pytest.mark.parametrize("method", ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                                    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"])
def test_reflection_resolves_every_file_on_one_bidirectional_stream(channel, method):
    call = channel.stream_stream(method, reflection_pb2.ServerReflectionRequest.SerializeToString,
                                 reflection_pb2.ServerReflectionResponse.FromString)
    asked = [reflection_pb2.ServerReflectionRequest(file_containing_symbol=symbol) for symbol in sorted(SERVICES)]
    asked += [reflection_pb2.ServerReflectionRequest(file_by_filename=name)
              for name in ("bespoke/v1/decision.proto", "google/protobuf/timestamp.proto")]
    asked.append(reflection_pb2.ServerReflectionRequest(file_containing_symbol="nobody.Nothing"))
    answers = list(call(iter(asked), timeout=CALL_SECONDS))
    assert len(answers) == len(asked)
    for answer in answers[:-1]:
        files = answer.file_descriptor_response.file_descriptor_proto
        assert files
        for content in files:
            assert descriptor_pb2.FileDescriptorProto.FromString(content).name.endswith(".proto")
    assert answers[-1].error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


def test_a_client_that_knows_nothing_can_call_decide_by_reflection_alone(channel):
    from google.protobuf import descriptor_pool, message_factory
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    method = pool.FindServiceByName("bespoke.v1.DecisionService").FindMethodByName("Decide")
    asked = message_factory.GetMessageClass(method.input_type)
    answered = message_factory.GetMessageClass(method.output_type)
    call = channel.unary_unary("/bespoke.v1.DecisionService/Decide", asked.SerializeToString, answered.FromString)
    answer = call(asked(visitor_id="v0001"), timeout=CALL_SECONDS)
    assert len(answer.placements) == 3


def test_values_of_every_type_are_stored_and_read_back(profiles):
    features = values(age=41, income=91_500.5, title="Läuferin ☕", newsletter=True, interests=["tea", "coffee"])
    features["warranty_ends"] = support.value_pb2.Value()
    features["warranty_ends"].timestamp.FromJsonString("2027-05-01T00:00:00Z")
    stored = profile.Profile(kind=profile.PROFILE_KIND_VISITOR, id="every-type", account_id="a0001",
                             features={name: profile.Feature(value=of) for name, of in features.items()})
    first = profiles.PutProfile(profile.PutProfileRequest(profile=stored), timeout=CALL_SECONDS).version
    key = dict(kind=profile.PROFILE_KIND_VISITOR, id="every-type")
    read = profiles.GetProfile(profile.GetProfileRequest(**key), timeout=CALL_SECONDS)
    assert (read.version, read.account_id) == (first, "a0001")
    for name, of in features.items():
        got = read.features[name].value
        if name == "interests":
            assert set(got.strings.values) == {"tea", "coffee"}
        else:
            assert got == of, name
    # A second write adds to the first; a wrong version is refused; what is removed is gone.
    change = profile.Profile(**key, features={"age": profile.Feature(value=support.value(42))})
    with support.refused(grpc.StatusCode.ABORTED):
        profiles.PutProfile(profile.PutProfileRequest(profile=change, expected_version=first + 7), timeout=CALL_SECONDS)
    profiles.PutProfile(profile.PutProfileRequest(profile=change, expected_version=first, remove=["title"]),
                        timeout=CALL_SECONDS)
    read = profiles.GetProfile(profile.GetProfileRequest(**key), timeout=CALL_SECONDS)
    assert read.features["age"].value.int == 42 and "title" not in read.features and "income" in read.features
    for existed in (True, False):
        assert profiles.DeleteProfile(profile.DeleteProfileRequest(**key), timeout=CALL_SECONDS).existed == existed
    with support.refused(grpc.StatusCode.NOT_FOUND, "every-type"):
        profiles.GetProfile(profile.GetProfileRequest(**key), timeout=CALL_SECONDS)
