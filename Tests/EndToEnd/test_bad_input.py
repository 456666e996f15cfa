"""Hostile and mistaken input: the right status, a message that says what and where, and everybody else goes on."""
import grpc
import pytest
import support
from support import CALL_SECONDS, DECIDE, OLIVE, decision, refused, request

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def raw(channel, body, method=DECIDE):
    """Calls a method with bytes that no serializer has seen."""
    call = channel.unary_unary(method, request_serializer=lambda content: content, response_deserializer=lambda content: content)
    return call(body, timeout=CALL_SECONDS)


def field(number, content):
    """A length-delimited protobuf field."""
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


@pytest.fixture(autouse=True)
def others_go_on(channel):
    """The same connection answers right before and after."""
    before = support.Decisions(channel).Decide(request(**OLIVE), timeout=CALL_SECONDS)
    yield
    assert support.Decisions(channel).Decide(request(**OLIVE), timeout=CALL_SECONDS) == before


MALFORMED = {
    "a length past the end": b"\x0a\x7fabc",
    "a truncated varint": b"\x0a\xff",
    "a varint of eleven bytes": b"\x08" + b"\xff" * 10 + b"\x01",
    "field number zero": b"\x02\x01a",
    "a group that never ends": b"\x0b\x08\x01",
    "wire type six": b"\x0e\x00",
    "wire type seven": b"\x0f\x00",
    "a length of nearly two to the 64": b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    "the wrong wire type for the page": b"\x30\x05",
    "a truncated page": field(6, b"\x0a\x09abc"),
    "a truncated map entry": field(3, b"\x0a\x09abc"),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_protobuf_is_refused(channel, body):
    # An unknown wire type in a known field may also be read as an unknown field: then the request is simply empty.
    try:
        answer = raw(channel, body)
    except grpc.RpcError as error:
        assert error.code() == INVALID and error.details()
    else:
        assert body == MALFORMED["the wrong wire type for the page"]
        assert decision.DecideResponse.FromString(answer).decision_id


@pytest.mark.parametrize("bytes_", [b"\xff", b"caf\xe9", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x98"])
def test_text_that_is_not_utf8_is_refused_with_its_field(channel, bytes_):
    with refused(INVALID, "visitor_id", "UTF-8"):
        raw(channel, field(1, bytes_))


def test_text_with_nul_is_refused_not_cut(channel):
    with refused(INVALID, "visitor_id", "NUL"):
        raw(channel, field(1, b"v0001\x00more"))
    with refused(INVALID, "title"):
        raw(channel, field(3, field(1, b"title") + field(2, field(4, b"a\x00b"))))


def test_an_undeclared_attribute_is_refused_with_a_suggestion(decisions):
    with refused(INVALID, "visitor.departmnt", "department"):
        decisions.Decide(request(visitor=dict(departmnt="office")), timeout=CALL_SECONDS)
    with refused(INVALID, "account.shoe_size"):
        decisions.Decide(request(account=dict(shoe_size=44)), timeout=CALL_SECONDS)


@pytest.mark.parametrize("visitor", [dict(age="38"), dict(age=38.5), dict(title=38), dict(newsletter=1),
                                     dict(interests="coffee"), dict(income=True), dict(age=["1"])])
def test_a_value_of_the_wrong_type_is_refused_with_both_types(decisions, visitor):
    (name,) = visitor
    with refused(INVALID, f"visitor.{name}"):
        decisions.Decide(request(visitor=visitor), timeout=CALL_SECONDS)


def test_a_double_attribute_takes_a_whole_number(decisions):
    decisions.Decide(request(visitor=dict(income=91_500)), timeout=CALL_SECONDS)


def test_nan_and_a_value_without_member_are_refused(decisions):
    with refused(INVALID, "income", "NaN"):
        decisions.Decide(request(visitor=dict(income=float("nan"))), timeout=CALL_SECONDS)
    asked = request()
    asked.visitor["age"].SetInParent()
    with refused(INVALID, "age", "value"):
        decisions.Decide(asked, timeout=CALL_SECONDS)


def test_an_unknown_placement_is_not_found(decisions):
    with refused(grpc.StatusCode.NOT_FOUND, "landing_heroo"):
        decisions.Decide(request(placements=["landing_hero", "landing_heroo"]), timeout=CALL_SECONDS)


def test_a_time_out_of_range_is_refused(decisions):
    asked = request(now=None)
    asked.now.seconds = 1 << 60
    with refused(INVALID, "now"):
        decisions.Decide(asked, timeout=CALL_SECONDS)


def test_ids_have_at_most_256_bytes(decisions):
    decisions.Decide(request(visitor_id="x" * 256), timeout=CALL_SECONDS)
    with refused(INVALID, "visitor_id", "256"):
        decisions.Decide(request(visitor_id="x" * 257), timeout=CALL_SECONDS)


def test_at_most_64_placements_are_asked_at_once(decisions):
    with refused(INVALID, "placements", "64"):
        decisions.Decide(request(placements=["landing_hero"] * 65), timeout=CALL_SECONDS)


def test_a_batch_names_the_index_of_its_bad_request(decisions):
    batch = decision.BatchDecideRequest(requests=[request(), request(), request(visitor=dict(agee=1))])
    with refused(INVALID, "requests[2]", "agee"):
        decisions.BatchDecide(batch, timeout=CALL_SECONDS)


def test_a_batch_has_at_most_1000_requests(decisions):
    assert len(decisions.BatchDecide(decision.BatchDecideRequest(requests=[request()] * 1_000),
                                     timeout=CALL_SECONDS).responses) == 1_000
    with refused(INVALID, "requests", "1000"):
        decisions.BatchDecide(decision.BatchDecideRequest(requests=[request()] * 1_001), timeout=CALL_SECONDS)


def test_a_message_over_the_limit_is_refused_on_its_length_alone(decisions):
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "4194304"):
        decisions.Decide(request(visitor=dict(title="x" * (5 << 20))), timeout=CALL_SECONDS)


def test_a_small_message_that_decodes_to_much_is_refused(channel):
    # Two bytes on the wire for each empty request of a batch, many more in memory.
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED):
        raw(channel, b"\x0a\x00" * 1_500_000, "/bespoke.v1.DecisionService/BatchDecide")


def test_an_unknown_method_and_service_are_unimplemented(channel):
    for method in ["/bespoke.v1.DecisionService/Divine", "/bespoke.v2.DecisionService/Decide", "/Decide"]:
        with refused(grpc.StatusCode.UNIMPLEMENTED):
            raw(channel, b"", method)


def test_the_admin_service_is_not_on_the_data_port(channel):
    with refused(grpc.StatusCode.UNIMPLEMENTED):
        raw(channel, b"", "/bespoke.v1.AdminService/GetStatus")


@pytest.mark.parametrize("profile_, word", [
    (dict(kind=0, id="x"), "kind"),
    (dict(kind=1, id=""), "id"),
    (dict(kind=1, id="a\nb"), "id"),
    (dict(kind=1, id="y" * 257), "id"),
    (dict(kind=1, id="x", features={"age": support.profile.Feature(value=support.value("old"))}), "age"),
    (dict(kind=1, id="x", features={"agee": support.profile.Feature(value=support.value(1))}), "agee"),
    (dict(kind=1, id="x", features={"interests": support.profile.Feature(value=support.value([f"i{n}" for n in range(257)]))}),
     "interests"),
    (dict(kind=1, id="x", features={"title": support.profile.Feature(value=support.value("x" * 4_097))}), "title"),
])
def test_a_bad_profile_is_refused_and_not_stored(profiles, profile_, word):
    profile = support.profile
    with refused(INVALID, word):
        profiles.PutProfile(profile.PutProfileRequest(profile=profile.Profile(**profile_)), timeout=CALL_SECONDS)
    if profile_["id"] == "x":
        with refused(grpc.StatusCode.NOT_FOUND):
            profiles.GetProfile(profile.GetProfileRequest(kind=1, id="x"), timeout=CALL_SECONDS)
