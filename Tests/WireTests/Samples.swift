import Messages
import Model
import Wire

/// One of each message, with every field set.
enum Samples {
    static let time = Timestamp(microseconds: 1_795_168_800_123_456)

    static let features = [
        FeatureMessage(name: "vip", value: .bool(true)),
        FeatureMessage(name: "age", value: .int(-33), observedAt: time),
        FeatureMessage(name: "budget", value: .double(14_000.5)),
        FeatureMessage(name: "title", value: .string("Büroleiterin ☕️")),
        FeatureMessage(name: "interests", value: .strings(["coffee", "tea"])),
        FeatureMessage(name: "last_order", value: .timestamp(Timestamp(microseconds: -1))),
    ]

    static let profile = ProfileMessage(
        kind: .visitor, id: "v1", accountID: "a1", features: features, version: .max)

    static let files = [
        RuleFileMessage(path: "rules.yaml", content: Array("segments: {}\n".utf8)),
        RuleFileMessage(path: "lists/empty.txt", content: []),
    ]

    static let diagnostics = [
        DiagnosticMessage(
            severity: .error, code: "unknown-key", file: "a.yaml", line: 3, column: 7, message: "what",
            suggestion: "how"),
        DiagnosticMessage(
            severity: .warning, code: "lint", file: "b.yaml", line: .max, column: 1, message: "doubtful"),
    ]

    static let failures = [
        RuleTestFailureMessage(
            test: "Olive", path: "icp", expected: "office_olive", actual: "none", file: "tests.yaml", line: 4, column: 2
        )
    ]

    static var decideRequest: DecideRequestMessage {
        var request = DecideRequestMessage()
        request.visitorID = "v1"
        request.accountID = "a1"
        request.visitor = ["title": .string("CTO"), "age": .int(40), "tags": .strings([])]
        request.account = ["employees": .int(1_001), "revenue": .double(1e9)]
        request.request = ["hour": .int(0)]
        var page = PageMessage()
        page.url = "https://example.com/?utm_source=x"
        page.referrer = "https://example.org/"
        page.ip = "2001:db8::1"
        page.country = "DE"
        page.language = "de-CH"
        page.device = "mobile"
        request.page = page
        request.placements = ["hero", "banner"]
        request.routes = ["demo_request"]
        request.recordsExposure = true
        request.now = time
        request.consent = ConsentMessage(granted: ["personalisation"], denied: ["ads"])
        request.events = ["demo": EventSummaryMessage(count: 3, last: time), "visit": EventSummaryMessage(count: 1)]
        var preview = PreviewMessage()
        (preview.token, preview.segments) = ("secret", ["business"])
        (preview.arms, preview.variants) = (["hero_button": "start"], ["hero": "office/speed", "side": "b/c"])
        request.preview = preview
        return request
    }

    static var decideResponse: DecideResponseMessage {
        var icp = IcpMatchMessage()
        (icp.name, icp.title, icp.tier, icp.fit, icp.negative) = ("olive", "Office Olive", "a", 87.5, true)
        var subscores = Subscores()
        for (index, category) in Category.allCases.enumerated() { subscores[category] = Double(index) - 2.5 }
        icp.subscores = subscores
        var persona = PersonaMessage()
        (persona.name, persona.title, persona.outcome) = ("olive", "Olive", "peace")
        (persona.goals, persona.motives) = (["g1", "g2"], ["m"])
        (persona.pains, persona.fears, persona.formats) = (["p"], ["f"], ["demo"])
        persona.objections = [TextEntry(name: "price", text: "cents a cup")]
        var placement = PlacementDecisionMessage()
        (placement.placement, placement.campaign, placement.variant) = ("hero", "office", "speed")
        placement.fields = [TextEntry(name: "headline", text: "Coffee"), TextEntry(name: "button", text: "")]
        (placement.promise, placement.page, placement.landingURL) = ("p", "hero_speed", "https://example.com")
        (placement.experiment, placement.arm, placement.because) = ("exp", "b", "why")
        (placement.reason, placement.lackedData, placement.lackedConsent) = (.promise, true, true)
        var response = DecideResponseMessage()
        (response.decisionID, response.revision) = (
            String(repeating: "a", count: 32), String(repeating: "0", count: 32)
        )
        (response.decidedAt, response.segments) = (time, ["business", "coffee"])
        (response.icp, response.persona, response.placements) = (icp, persona, [placement])
        (response.engagement, response.engagementLevel, response.grade) = (12.25, "warm", "A2")
        (response.mql, response.role, response.stage) = (.unknown, "champion", "task")
        response.unreadPurposes = ["personalisation"]
        response.routes = [TextEntry(name: "demo_request", text: "team"), TextEntry(name: "other", text: "")]
        response.assignments = [
            AssignmentMessage(experiment: "hero_button", arm: "control", propensity: 0.5),
            AssignmentMessage(experiment: "hero_text", arm: "short", propensity: 0, isForced: true),
        ]
        response.isPreview = true
        return response
    }

    /// What a push says of its history, and of what ends with it.
    static let ruleChanges: [any WireMessage] = {
        var push = PushRulesRequest(files: files, restores: true)
        (push.restoredPush, push.reverts) = (7, "r0")
        var pushed = PushRulesResponse(
            accepted: true, revision: "r2", previousRevision: "", diagnostics: [], testFailures: [], tests: 0)
        pushed.allocations = Array("a: b 0-1\n".utf8)
        pushed.endings = [EndingMessage(experiment: "hero", arm: "", units: 9)]
        pushed.orphans = [OrphanMessage(attribute: "visitor.age", profiles: 3, renamed: "visitor.years")]
        pushed.withoutArms = ["hero", "other"]
        var check = CheckRulesResponse(accepted: true, revision: "r2", diagnostics: [], testFailures: [], tests: 0)
        check.previousRevision = "r1"
        check.moves = [ArmMoveMessage(experiment: "hero", share: 0.5)]
        (check.endings, check.orphans, check.withoutArms) = (pushed.endings, pushed.orphans, pushed.withoutArms)
        var retyping = RetypingMessage(
            attribute: "visitor.age", from: "int", to: "int", converted: 3, left: 0, leftValues: [])
        retyping.renamed = "visitor.years"
        pushed.retypings = [retyping]
        var ended = EndedExperimentMessage(name: "hero")
        (ended.title, ended.unit, ended.metrics) = ("Hero", "visitor", ["order"])
        ended.arms = [EndedArmMessage(name: "a", weight: 2)]
        (ended.endedAt, ended.revision, ended.allocation) = (time, "r1", "a 0-999999")
        var record = GetRulesResponse(revision: "r2", files: [], pushedAt: time, author: "", reason: "")
        (record.restoredPush, record.reverts, record.peer) = (3, "r0", "ada (uid 1000)")
        record.ended = [ended]
        var revision = RevisionMessage(revision: "r2", pushedAt: time, author: "", reason: "")
        (revision.number, revision.restoredPush, revision.reverts, revision.peer) = (4, 3, "r0", "ada (uid 1000)")
        var results = GetExperimentResponse()
        (results.metric, results.endedAt) = ("order", time)
        var arm = ArmMomentsMessage()
        (arm.arm, arm.isGone) = ("a", true)
        var group = ExperimentGroupMessage()
        group.arms = [arm]
        results.groups = [group]
        return [
            push, pushed, CheckRulesRequest(files: [], isAgainstServed: true), check, record,
            ListRevisionsResponse(revisions: [revision]), results,
        ]
    }()

    static let all: [any WireMessage] =
        [
            profile,
            PutProfileRequest(profile: profile, remove: ["old"], expectedVersion: 0),
            PutProfileRequest(profile: profile),
            PutProfileResponse(version: 7), GetProfileRequest(kind: .account, id: "a1"),
            DeleteProfileRequest(kind: .visitor, id: "v1"), DeleteProfileResponse(existed: true),
            ImportProfilesRequest(
                options: ImportOptions(skipInvalid: true, dryRun: true), rows: [ImportRow(line: 2, profile: profile)]),
            ImportProfilesResponse(
                written: 3, rejected: 1, rejects: [ImportReject(line: 2, id: "v2", reason: "age: is text")],
                committed: true
            ),
            PushRulesRequest(files: files, author: "ada", reason: "first", expectedRevision: "abc", restores: true),
            PushRulesResponse(
                accepted: true, revision: "r2", previousRevision: "r1", diagnostics: diagnostics,
                testFailures: failures,
                tests: 5,
                retypings: [
                    RetypingMessage(
                        attribute: "visitor.age", from: "int", to: "string", converted: 3, left: 1,
                        leftValues: [LeftValueMessage(id: "v1", value: "x")])
                ]),
            CheckRulesRequest(files: files),
            CheckRulesResponse(
                accepted: false, revision: "", diagnostics: diagnostics, testFailures: failures, tests: 5),
            GetRulesRequest(revision: "r1"), ListRevisionsRequest(limit: 7),
            ListRevisionsResponse(revisions: [
                RevisionMessage(revision: "r1", pushedAt: time, author: "ada", reason: "first")
            ]),
            GetRulesResponse(revision: "r1", files: files, pushedAt: time, author: "ada", reason: "first"),
        ] + ruleChanges + [
            GetStatusRequest(),
            GetStatusResponse(
                version: "0.1.0", ready: false, notReadyBecause: "loading", revision: "r1", pushedAt: time,
                startedAt: time,
                visitors: 1, accounts: 2, eventLoops: 3, residentBytes: 4, openConnections: 5, campaigns: 6,
                placements: 7,
                segments: 8, icps: 9,
                goals: [
                    GoalProgressMessage(
                        campaign: "fleet", measure: "shows", count: 100, delivered: 7, due: 9, starts: time, ends: time)
                ]),
            GetStatsRequest(),
            ListNamesRequest(kinds: ["campaign"], name: "spring", prefix: "s", offset: 3, limit: 7),
            ListNamesResponse(
                revision: "r1",
                names: [
                    RuleNameMessage(
                        kind: "attribute", name: "account.industry", title: "t", condition: "true", file: "a.yaml",
                        line: 3,
                        facts: [RuleFactMessage(name: "unit", value: "years")],
                        attribute: AttributeFactsMessage(
                            entity: "account", name: "industry", type: "string", values: ["law"], purpose: "p",
                            source: "crm", sensitive: true),
                        campaign: CampaignFactsMessage(
                            priority: -3, status: "over", starts: Timestamp(microseconds: 1),
                            ends: Timestamp(microseconds: 2), schedule: "mon", placements: ["hero"]),
                        experiment: ExperimentFactsMessage(
                            status: "ended", unit: "visitor", layer: "l", placement: "hero", sticky: true, traffic: 0.5,
                            allocation: "fixed", metrics: ["order"], windowSeconds: -1,
                            arms: [ArmFactsMessage(name: "red", weight: 2, share: 0.5)],
                            starts: Timestamp(microseconds: 3), ends: Timestamp(microseconds: 4),
                            ended: EndedExperimentMessage(name: "button")))
                ], total: 9),
            GetStatsResponse(methods: [
                MethodStats(
                    method: "/a/b", count: 10, errors: 1, p50Microseconds: 1.5, p90Microseconds: 2, p99Microseconds: 3,
                    p999Microseconds: 4, maxMicroseconds: 5)
            ]),
            HealthCheckRequest(service: "bespoke.v1.DecisionService"), HealthCheckResponse(status: .notServing),
            HealthListRequest(),
            HealthListResponse(statuses: ["": .init(status: .serving), "a": .init(status: .unknown)]),
            ServerReflectionRequest(host: "h", question: .fileByFilename("a.proto")),
            ServerReflectionRequest(
                question: .fileContainingExtension(.init(containingType: "a.B", extensionNumber: 7))),
            ServerReflectionRequest(question: .listServices("")), ServerReflectionRequest(question: nil),
            ServerReflectionResponse(
                validHost: "h", originalRequest: ServerReflectionRequest(question: .fileContainingSymbol("a.B")),
                answer: .fileDescriptorResponse(.init(fileDescriptorProto: [[1, 2, 3], []]))),
            ServerReflectionResponse(
                answer: .listServicesResponse(.init(service: [.init(name: "a.B"), .init(name: "c.D")]))),
            ServerReflectionResponse(answer: .errorResponse(.init(errorCode: 5, errorMessage: "no"))),
            ServerReflectionResponse(
                answer: .allExtensionNumbersResponse(.init(baseTypeName: "a.B", extensionNumber: [1, 2]))),
            decideRequest, BatchDecideRequestMessage(requests: [decideRequest, DecideRequestMessage()]),
            decideResponse, BatchDecideResponseMessage(responses: [decideResponse, DecideResponseMessage()]),
        ]
}

extension WireMessage {
    /// Decodes another message of the same type.
    func decoding(_ bytes: [UInt8], budgetBytes: Int? = nil) throws(WireError) -> Self {
        try decodingBytes(bytes, as: Self.self, budgetBytes: budgetBytes)
    }
}

func decodingBytes<Message: WireMessage>(
    _ bytes: [UInt8], as type: Message.Type, budgetBytes: Int? = nil
) throws(WireError) -> Message {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    return try Message(decoding: UnsafeRawBufferPointer(copy), budgetBytes: budgetBytes)
}
