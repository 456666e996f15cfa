"""What scripts/generate-proto is told about the Swift of the messages, where the rules of swift_messages.py would say otherwise.

A message or field that is new needs an entry only when it is to be called, or to behave, differently.
"""

# Swift types. The rule: `...Request` and `...Response` keep their names, other messages get `Message` behind theirs.
TYPES = {
    "DecideRequest": "DecideRequestMessage",
    "DecideResponse": "DecideResponseMessage",
    "BatchDecideRequest": "BatchDecideRequestMessage",
    "BatchDecideResponse": "BatchDecideResponseMessage",
    "MethodStats": "MethodStats",
    # Enums: the rule is the name itself.
    "Severity": "DiagnosticMessage.Severity",
    "MetricKind": "MetricKindMessage",
    "ServingStatus": "HealthCheckResponse.ServingStatus",
}

# Messages that a type of `Model` stands for, and how it is made: None for an initialiser with a label for each field, else a
# template with the fields that it takes; the others are set afterwards.
EXTERNAL = {
    "Subscores": ("Subscores", "()"),
    "EventRecord": ("EventRecord", "({kind}, id: {id}, at: {time})"),
    "ImportOptions": ("ImportOptions", None),
    "ImportReject": ("ImportReject", None),
    "Explanation": ("Explanation", "()"),
    "Input": ("Explanation.Input", None),
    "Check": ("Explanation.Check", None),
    "NamedCheck": ("Explanation.NamedCheck", None),
    "IcpExplanation": ("Explanation.ICPExplanation", None),
    "CriterionCheck": ("Explanation.CriterionCheck", None),
    "OwnerScore": ("Explanation.OwnerScore", None),
    "EventScore": ("Explanation.EventScore", None),
    "PlacementExplanation": ("Explanation.PlacementExplanation", None),
    "CandidateExplanation": ("Explanation.Candidate", None),
    "VariantExplanation": ("Explanation.VariantFate", None),
    "NearestMiss": ("Explanation.NearestMiss", None),
}

# Messages whose mapping is written by hand in Sources/Messages, because their Swift has another shape. None: part of another one.
BY_HAND = {
    "Value": "AttributeValue",
    "StringList": None,
    "Feature": None,
    "ExplainRequest": "ExplainRequest",
    "ImportRow": "ImportRow",
    "Change": "Explanation.Change",
}

# Maps. The rule is a dictionary, sent sorted by key.
MAPS_IN_ORDER = {"DecideResponse.routes", "Persona.objections", "PlacementDecision.fields"}
MAPS_BY_HAND = {"Profile.features": "FeatureMessage"}

# Names of properties. The rule is lowerCamelCase, with `ID` and `URL`.
PROPERTIES = {
    "DecideRequest.record_exposure": "recordsExposure",
    "DecideResponse.preview": "isPreview",
    "Assignment.forced": "isForced",
    "Exposure.click": "isClick",
    "EventRecord.click": "isClick",
    "PushRulesRequest.restore": "restores",
    "CheckRulesRequest.against_served": "isAgainstServed",
    "ExportProfilesRequest.not_agreed": "includesNotAgreed",
    "ExperimentGroup.not_agreed": "isNotAgreed",
    "Explanation.search_cut_short": "isSearchCutShort",
    "IcpExplanation.negative": "isNegative",
    "ServerReflectionRequest.message_request": "question",
    "ServerReflectionResponse.message_response": "answer",
}
# The enum of a oneof with several members. The rule is the oneof's name.
ONEOF_TYPES = {
    "ServerReflectionRequest.message_request": "Question",
    "ServerReflectionResponse.message_response": "Answer",
}

# Types of properties that are not those of the rule.
PROPERTY_TYPES = {
    "Input.unit": "String?",
    "Check.line": "Int",
    "CandidateExplanation.priority": "Int",
    "EventRecord.time": "Timestamp",
}

# Messages that must be there. The rule is nil for one that is not.
REQUIRED = {
    "PutProfileRequest.profile", "NamedCheck.check", "CriterionCheck.check", "ExplainResponse.decision",
    "ExplainResponse.explanation",
}

# Enums that a type of `Model` stands for.
EXTERNAL_ENUMS = {
    "Tristate": "Truth",
    "Reason": "DecisionReason",
    "Verdict": "Explanation.Verdict",
    "InputState": "Explanation.InputState",
    "Fate": "Explanation.Fate",
    "EventRecordKind": "EventRecord.Kind",
}
# Their cases. The rule is the value's name without that of the enum, in lowerCamelCase.
CASES = {"TRISTATE_FALSE": "no", "TRISTATE_TRUE": "yes", "VERDICT_FALSE": "no", "VERDICT_TRUE": "yes"}
# What a number that is not known, or 0, counts as: a case, or an error with these words. The rule is nil.
UNKNOWN = {
    # Better too strict than silent.
    "Severity": ".error",
    "MetricKind": ".binary",
    "ServingStatus": ".unknown",
    "Verdict": ".failed",
    "InputState": ".missing",
    "Fate": ".notAsked",
    "ProfileKind": "must be PROFILE_KIND_VISITOR or PROFILE_KIND_ACCOUNT",
    "EventRecordKind": "is none that this version knows",
}
# Fields of such an enum that may also be left out.
MAY_BE_UNSPECIFIED = {"ExportEventsRequest.kind"}

# Messages that are read as JSON, and what errors call the whole.
READS_JSON = {"DecideRequest": "the request"}
# What scripts rely on in the JSON that has been written so far: a number in quotes, a field left out, or left out while empty.
JSON_QUOTED = {"DecideResponse.exposures_not_agreed"}
JSON_LEFT_OUT = {"EndedExperiment.steered"}
JSON_LEFT_OUT_EMPTY = {
    "Explanation.held_purposes",
    "GetStatusResponse.findings", "GetStatusResponse.goals", "GetStatusResponse.warnings", "GivenConsent.text_version"}
