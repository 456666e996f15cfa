internal import CBespokeProto
package import Model

/// One file of a rule set: `bespoke.v1.RuleFile`.
package struct RuleFileMessage: Sendable, Hashable, MappedMessage {
    /// Relative to the rule set's folder, with `/`.
    package var path: String
    package var content: [UInt8]

    package init(path: String, content: [UInt8]) {
        self.path = path
        self.content = content
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__RuleFile>) throws(WireError) {
        path = try raw.pointee.path.string("path")
        content = decodedBytes(raw.pointee.content)
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__RuleFile> {
        let raw = try arena.make(bespoke__v1__rule_file__init)
        raw.pointee.path = try arena.text(path)
        raw.pointee.content = try arena.copy(content)
        return raw
    }
}

/// Something wrong or doubtful in a rule set: `bespoke.v1.Diagnostic`.
package struct DiagnosticMessage: Sendable, Hashable {
    /// How bad it is.
    package enum Severity: Sendable, Hashable { case error, warning }

    package var severity: Severity
    package var code: String
    package var file: String
    package var line: UInt32
    package var column: UInt32
    package var message: String
    /// How to mend it; may be empty.
    package var suggestion: String

    package init(
        severity: Severity, code: String, file: String, line: UInt32, column: UInt32, message: String,
        suggestion: String = ""
    ) {
        self.severity = severity
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.suggestion = suggestion
    }
}

extension DiagnosticMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Diagnostic>) throws(WireError) {
        // A severity of a newer version counts as an error: better too strict than silent.
        severity = raw.pointee.severity == BESPOKE__V1__SEVERITY__SEVERITY_WARNING ? .warning : .error
        code = try raw.pointee.code.string("code")
        file = try raw.pointee.file.string("file")
        line = raw.pointee.line
        column = raw.pointee.column
        message = try raw.pointee.message.string("message")
        suggestion = try raw.pointee.suggestion.string("suggestion")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Diagnostic> {
        let raw = try arena.make(bespoke__v1__diagnostic__init)
        raw.pointee.severity =
            severity == .warning ? BESPOKE__V1__SEVERITY__SEVERITY_WARNING : BESPOKE__V1__SEVERITY__SEVERITY_ERROR
        raw.pointee.code = try arena.text(code)
        raw.pointee.file = try arena.text(file)
        raw.pointee.line = line
        raw.pointee.column = column
        raw.pointee.message = try arena.text(message)
        raw.pointee.suggestion = try arena.text(suggestion)
        return raw
    }
}

/// A test of a rule set that failed: `bespoke.v1.RuleTestFailure`.
package struct RuleTestFailureMessage: Sendable, Hashable {
    package var test: String
    package var path: String
    package var expected: String
    package var actual: String
    package var file: String
    package var line: UInt32
    package var column: UInt32

    package init(
        test: String, path: String, expected: String, actual: String, file: String, line: UInt32, column: UInt32
    ) {
        self.test = test
        self.path = path
        self.expected = expected
        self.actual = actual
        self.file = file
        self.line = line
        self.column = column
    }
}

extension RuleTestFailureMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__RuleTestFailure>) throws(WireError) {
        test = try raw.pointee.test.string("test")
        path = try raw.pointee.path.string("path")
        expected = try raw.pointee.expected.string("expected")
        actual = try raw.pointee.actual.string("actual")
        file = try raw.pointee.file.string("file")
        line = raw.pointee.line
        column = raw.pointee.column
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__RuleTestFailure> {
        let raw = try arena.make(bespoke__v1__rule_test_failure__init)
        raw.pointee.test = try arena.text(test)
        raw.pointee.path = try arena.text(path)
        raw.pointee.expected = try arena.text(expected)
        raw.pointee.actual = try arena.text(actual)
        raw.pointee.file = try arena.text(file)
        raw.pointee.line = line
        raw.pointee.column = column
        return raw
    }
}

/// A rule set to be served.
package struct PushRulesRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.PushRulesRequest", bespoke__v1__push_rules_request__unpack)

    package var files: [RuleFileMessage]
    package var author: String
    package var reason: String
    /// Push only if the revision served is this one; empty for whatever is served.
    package var expectedRevision: String
    /// Whether everybody is to have the arm again that they had with these files.
    package var restores: Bool
    /// The number of the push that these files are from; 0 for the newest one of that revision.
    package var restoredPush: UInt64 = 0
    /// The revision whose push these files take back; empty for none.
    package var reverts = ""

    package init(
        files: [RuleFileMessage], author: String = "", reason: String = "", expectedRevision: String = "",
        restores: Bool = false
    ) {
        self.restores = restores
        self.files = files
        self.author = author
        self.reason = reason
        self.expectedRevision = expectedRevision
    }
}

extension PushRulesRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__PushRulesRequest>) throws(WireError) {
        files = try decodedList(raw.pointee.files, raw.pointee.n_files, "files")
        author = try raw.pointee.author.string("author")
        reason = try raw.pointee.reason.string("reason")
        expectedRevision = try raw.pointee.expected_revision.string("expected_revision")
        restores = raw.pointee.restore != 0
        restoredPush = raw.pointee.restored_push
        reverts = try raw.pointee.reverts.string("reverts")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__PushRulesRequest> {
        let raw = try arena.make(bespoke__v1__push_rules_request__init)
        raw.pointee.n_files = files.count
        raw.pointee.files = try arena.list(files)
        raw.pointee.author = try arena.text(author)
        raw.pointee.reason = try arena.text(reason)
        raw.pointee.expected_revision = try arena.text(expectedRevision)
        raw.pointee.restore = restores ? 1 : 0
        raw.pointee.restored_push = restoredPush
        raw.pointee.reverts = try arena.text(reverts)
        return raw
    }
}

/// What became of a push.
package struct PushRulesResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.PushRulesResponse", bespoke__v1__push_rules_response__unpack)

    package var accepted: Bool
    package var revision: String
    /// Empty when nothing was served before.
    package var previousRevision: String
    package var diagnostics: [DiagnosticMessage]
    package var testFailures: [RuleTestFailureMessage]
    /// Tests that the rule set carries.
    package var tests: UInt32
    /// The experiments some of whose units get another arm.
    package var moves: [ArmMoveMessage]
    /// Attributes whose type differs from that of stored values.
    package var retypings: [RetypingMessage]
    /// The content of `allocations.txt`; empty where the weights alone say the same.
    package var allocations: [UInt8] = []
    /// Experiments and arms that end.
    package var endings: [EndingMessage] = []
    /// Attributes with stored values that are not declared any more.
    package var orphans: [OrphanMessage] = []
    /// Experiments that run already and came without their arms.
    package var withoutArms: [String] = []

    package init(
        accepted: Bool, revision: String, previousRevision: String, diagnostics: [DiagnosticMessage],
        testFailures: [RuleTestFailureMessage], tests: UInt32, moves: [ArmMoveMessage] = [],
        retypings: [RetypingMessage] = []
    ) {
        self.moves = moves
        self.retypings = retypings
        self.accepted = accepted
        self.revision = revision
        self.previousRevision = previousRevision
        self.diagnostics = diagnostics
        self.testFailures = testFailures
        self.tests = tests
    }
}

extension PushRulesResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__PushRulesResponse>) throws(WireError) {
        accepted = raw.pointee.accepted != 0
        revision = try raw.pointee.revision.string("revision")
        previousRevision = try raw.pointee.previous_revision.string("previous_revision")
        diagnostics = try decodedList(raw.pointee.diagnostics, raw.pointee.n_diagnostics, "diagnostics")
        testFailures = try decodedList(raw.pointee.test_failures, raw.pointee.n_test_failures, "test_failures")
        tests = raw.pointee.tests
        moves = try decodedList(raw.pointee.moves, raw.pointee.n_moves, "moves")
        retypings = try decodedList(raw.pointee.retypings, raw.pointee.n_retypings, "retypings")
        allocations = decodedBytes(raw.pointee.allocations)
        endings = try decodedList(raw.pointee.endings, raw.pointee.n_endings, "endings")
        orphans = try decodedList(raw.pointee.orphans, raw.pointee.n_orphans, "orphans")
        withoutArms = try decodedTexts(raw.pointee.without_arms, raw.pointee.n_without_arms, "without_arms")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__PushRulesResponse> {
        let raw = try arena.make(bespoke__v1__push_rules_response__init)
        raw.pointee.accepted = accepted ? 1 : 0
        raw.pointee.revision = try arena.text(revision)
        raw.pointee.previous_revision = try arena.text(previousRevision)
        raw.pointee.n_diagnostics = diagnostics.count
        raw.pointee.diagnostics = try arena.list(diagnostics)
        raw.pointee.n_test_failures = testFailures.count
        raw.pointee.test_failures = try arena.list(testFailures)
        raw.pointee.tests = tests
        raw.pointee.n_moves = moves.count
        raw.pointee.moves = try arena.list(moves)
        raw.pointee.n_retypings = retypings.count
        raw.pointee.retypings = try arena.list(retypings)
        raw.pointee.allocations = try arena.copy(allocations)
        (raw.pointee.n_endings, raw.pointee.endings) = (endings.count, try arena.list(endings))
        (raw.pointee.n_orphans, raw.pointee.orphans) = (orphans.count, try arena.list(orphans))
        (raw.pointee.n_without_arms, raw.pointee.without_arms) = (withoutArms.count, try arena.texts(withoutArms))
        return raw
    }
}

/// How much a push changes of who has which arm: `bespoke.v1.ArmMove`.
package struct ArmMoveMessage: Sendable, Hashable, MappedMessage {
    package var experiment: String
    /// The share of units: above 0, at most 1.
    package var share: Double

    package init(experiment: String, share: Double) {
        self.experiment = experiment
        self.share = share
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ArmMove>) throws(WireError) {
        experiment = try raw.pointee.experiment.string("experiment")
        share = raw.pointee.share
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ArmMove> {
        let raw = try arena.make(bespoke__v1__arm_move__init)
        raw.pointee.experiment = try arena.text(experiment)
        raw.pointee.share = share
        return raw
    }
}

/// A rule set to be checked.
package struct CheckRulesRequest: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.CheckRulesRequest", bespoke__v1__check_rules_request__unpack)

    package var files: [RuleFileMessage]
    /// Also say what a push would change of what is served.
    package var isAgainstServed: Bool

    package init(files: [RuleFileMessage], isAgainstServed: Bool = false) {
        self.files = files
        self.isAgainstServed = isAgainstServed
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__CheckRulesRequest>) throws(WireError) {
        files = try decodedList(raw.pointee.files, raw.pointee.n_files, "files")
        isAgainstServed = raw.pointee.against_served != 0
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__CheckRulesRequest> {
        let raw = try arena.make(bespoke__v1__check_rules_request__init)
        raw.pointee.against_served = isAgainstServed ? 1 : 0
        raw.pointee.n_files = files.count
        raw.pointee.files = try arena.list(files)
        return raw
    }
}

/// What a check found.
package struct CheckRulesResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.CheckRulesResponse", bespoke__v1__check_rules_response__unpack)

    package var accepted: Bool
    package var revision: String
    package var diagnostics: [DiagnosticMessage]
    package var testFailures: [RuleTestFailureMessage]
    package var tests: UInt32
    // With `isAgainstServed`, as in `PushRulesResponse`.
    package var previousRevision = ""
    package var moves: [ArmMoveMessage] = []
    package var endings: [EndingMessage] = []
    package var orphans: [OrphanMessage] = []
    package var withoutArms: [String] = []

    package init(
        accepted: Bool, revision: String, diagnostics: [DiagnosticMessage], testFailures: [RuleTestFailureMessage],
        tests: UInt32
    ) {
        self.accepted = accepted
        self.revision = revision
        self.diagnostics = diagnostics
        self.testFailures = testFailures
        self.tests = tests
    }
}

extension CheckRulesResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__CheckRulesResponse>) throws(WireError) {
        accepted = raw.pointee.accepted != 0
        revision = try raw.pointee.revision.string("revision")
        diagnostics = try decodedList(raw.pointee.diagnostics, raw.pointee.n_diagnostics, "diagnostics")
        testFailures = try decodedList(raw.pointee.test_failures, raw.pointee.n_test_failures, "test_failures")
        tests = raw.pointee.tests
        previousRevision = try raw.pointee.previous_revision.string("previous_revision")
        moves = try decodedList(raw.pointee.moves, raw.pointee.n_moves, "moves")
        endings = try decodedList(raw.pointee.endings, raw.pointee.n_endings, "endings")
        orphans = try decodedList(raw.pointee.orphans, raw.pointee.n_orphans, "orphans")
        withoutArms = try decodedTexts(raw.pointee.without_arms, raw.pointee.n_without_arms, "without_arms")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__CheckRulesResponse> {
        let raw = try arena.make(bespoke__v1__check_rules_response__init)
        raw.pointee.accepted = accepted ? 1 : 0
        raw.pointee.revision = try arena.text(revision)
        raw.pointee.n_diagnostics = diagnostics.count
        raw.pointee.diagnostics = try arena.list(diagnostics)
        raw.pointee.n_test_failures = testFailures.count
        raw.pointee.test_failures = try arena.list(testFailures)
        raw.pointee.tests = tests
        raw.pointee.previous_revision = try arena.text(previousRevision)
        (raw.pointee.n_moves, raw.pointee.moves) = (moves.count, try arena.list(moves))
        (raw.pointee.n_endings, raw.pointee.endings) = (endings.count, try arena.list(endings))
        (raw.pointee.n_orphans, raw.pointee.orphans) = (orphans.count, try arena.list(orphans))
        (raw.pointee.n_without_arms, raw.pointee.without_arms) = (withoutArms.count, try arena.texts(withoutArms))
        return raw
    }
}

/// Asks for a rule set.
package struct GetRulesRequest: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.GetRulesRequest", bespoke__v1__get_rules_request__unpack)

    /// Empty for the one that is served.
    package var revision: String

    package init(revision: String = "") { self.revision = revision }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GetRulesRequest>) throws(WireError) {
        revision = try raw.pointee.revision.string("revision")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GetRulesRequest> {
        let raw = try arena.make(bespoke__v1__get_rules_request__init)
        raw.pointee.revision = try arena.text(revision)
        return raw
    }
}

/// A rule set, as it was pushed.
package struct GetRulesResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.GetRulesResponse", bespoke__v1__get_rules_response__unpack)

    package var revision: String
    package var files: [RuleFileMessage]
    package var pushedAt: Timestamp?
    package var author: String
    package var reason: String
    /// The number of the push that this one restored; 0 for none.
    package var restoredPush: UInt64 = 0
    /// The revision whose push this one took back; empty for none.
    package var reverts = ""
    /// Who pushed, as the daemon's system says; empty when it is not known.
    package var peer = ""
    /// Experiments that were served once and are not any more, as long as their events are retained.
    package var ended: [EndedExperimentMessage] = []

    package init(revision: String, files: [RuleFileMessage], pushedAt: Timestamp?, author: String, reason: String) {
        self.revision = revision
        self.files = files
        self.pushedAt = pushedAt
        self.author = author
        self.reason = reason
    }
}

extension GetRulesResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GetRulesResponse>) throws(WireError) {
        revision = try raw.pointee.revision.string("revision")
        files = try decodedList(raw.pointee.files, raw.pointee.n_files, "files")
        pushedAt = try decodedTime(raw.pointee.pushed_at, "pushed_at")
        author = try raw.pointee.author.string("author")
        reason = try raw.pointee.reason.string("reason")
        restoredPush = raw.pointee.restored_push
        reverts = try raw.pointee.reverts.string("reverts")
        peer = try raw.pointee.peer.string("peer")
        ended = try decodedList(raw.pointee.ended, raw.pointee.n_ended, "ended")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GetRulesResponse> {
        let raw = try arena.make(bespoke__v1__get_rules_response__init)
        raw.pointee.revision = try arena.text(revision)
        raw.pointee.n_files = files.count
        raw.pointee.files = try arena.list(files)
        raw.pointee.pushed_at = try arena.time(pushedAt, "pushed_at")
        raw.pointee.author = try arena.text(author)
        raw.pointee.reason = try arena.text(reason)
        raw.pointee.restored_push = restoredPush
        raw.pointee.reverts = try arena.text(reverts)
        raw.pointee.peer = try arena.text(peer)
        (raw.pointee.n_ended, raw.pointee.ended) = (ended.count, try arena.list(ended))
        return raw
    }
}
