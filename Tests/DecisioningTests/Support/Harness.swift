import Decisioning
import Foundation
import Model
import Ruleset
import Testing

/// A rule set from YAML, ready to be asked.
struct Harness {
    let ruleSet: RuleSet
    let table: DecisionTable
    let workspace = DecisionWorkspace()

    /// What a test supplies; all of it is optional.
    struct Inputs {
        var now = "2026-11-20T10:00:00Z"
        var visitor: [String: AttributeValue] = [:]
        var account: [String: AttributeValue] = [:]
        var request: [String: AttributeValue] = [:]
        /// Values given as stale or unconsented by the caller.
        var withheld: [String: Scalar] = [:]
        var url: String?
        var country: String?
        var granted: [String] = []
        var denied: [String] = []
        var events: [String: (count: Int64, last: String?, score: Double?)] = [:]
        var ask: [String] = []
        var routes: [String] = []
        var visitorID = ""
        var accountID = ""
        /// Pages to which clicks on ads brought the visitor, as `CAMPAIGN/PLACEMENT/VARIANT`.
        var clicks: [(creative: String, time: Timestamp)] = []
        /// What a preview forces: arms by experiment, variants as `CAMPAIGN/PLACEMENT/VARIANT`, segments.
        var forced: Forced?
    }

    struct Forced {
        var arms: [String: String] = [:]
        var variants: [String] = []
        var segments: [String] = []
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(_ yaml: String, lists: [String: String] = [:], indexing: Indexing = .bySize) throws {
        var files = [RuleFile(path: "rules.yaml", content: Array(yaml.utf8))]
        files += lists.map { RuleFile(path: $0.key, content: Array($0.value.utf8)) }
        try self.init(files, indexing: indexing)
    }

    init(_ files: [RuleFile], indexing: Indexing = .bySize) throws {
        let result = RuleSetLoader.load(files)
        guard let ruleSet = result.ruleSet else {
            let lines = result.diagnostics.map { "\($0.position.file):\($0.position.line): \($0.message)" }
            throw Failure(description: lines.joined(separator: "\n"))
        }
        self.ruleSet = ruleSet
        table = DecisionTable(ruleSet, indexing: indexing)
    }

    init(ruleSet: RuleSet, table: DecisionTable) {
        self.ruleSet = ruleSet
        self.table = table
    }

    func decide(_ inputs: Inputs = Inputs()) throws -> Answer {
        try asked(inputs) { Answer(workspace.decide().pointee) }
    }

    func explain(
        _ inputs: Inputs = Inputs(), searchesNearestMisses: Bool = true
    ) throws -> (answer: Answer, explanation: Explanation) {
        try asked(inputs) {
            workspace.keepTexts()
            let (decision, explanation) = workspace.explain(ruleSet, searchesNearestMisses: searchesNearestMisses)
            return (Answer(decision), explanation)
        }
    }

    private func asked<Result>(_ inputs: Inputs, _ body: () throws -> Result) throws -> Result {
        let texts = Texts()
        return try withExtendedLifetime(texts) {
            workspace.begin(table, now: try timestamp(inputs.now))
            for (entity, values) in [
                (Entity.visitor, inputs.visitor), (.account, inputs.account), (.request, inputs.request),
            ] {
                for (name, value) in values {
                    workspace.set(try attribute(entity, name, texts), texts.feature(value))
                }
            }
            for (path, value) in inputs.withheld {
                let parts = path.split(separator: ".").map(String.init)
                let entity = try #require(Entity(name: parts[0]))
                workspace.set(try attribute(entity, parts[1], texts), value)
            }
            workspace.setPage(
                PageContext(url: inputs.url.map(texts.text), country: inputs.country.map(texts.text)))
            for name in inputs.granted { workspace.setConsent(try purpose(name, texts), granted: true) }
            for name in inputs.denied { workspace.setConsent(try purpose(name, texts), granted: false) }
            for (name, event) in inputs.events {
                let index = try #require(table.event(texts.text(name).bytes))
                workspace.setEvent(
                    index, count: event.count, last: try event.last.map(timestamp), score: event.score)
            }
            workspace.setUnits(
                visitorID: texts.text(inputs.visitorID), accountID: texts.text(inputs.accountID))
            for (name, time) in inputs.clicks {
                let index = try #require(table.creativeNames.firstIndex { $0.text == name })
                workspace.keepPromise(CreativeIndex(rawValue: UInt32(index)), since: time)
            }
            if let forced = inputs.forced { try force(forced) }
            for name in inputs.routes { workspace.ask(try #require(table.route(texts.text(name).bytes))) }
            for name in inputs.ask { workspace.ask(try #require(table.placement(texts.text(name).bytes))) }
            return try body()
        }
    }

    private func force(_ forced: Forced) throws {
        workspace.beginPreview()
        for name in forced.segments {
            let index = try #require(table.segmentNames.firstIndex(of: name))
            workspace.force(SegmentIndex(rawValue: UInt32(index)))
        }
        for name in forced.variants {
            workspace.force(
                CreativeIndex(rawValue: UInt32(try #require(table.creativeNames.firstIndex { $0.text == name }))))
        }
        for (experiment, arm) in forced.arms {
            let index = try #require(table.experimentNames.firstIndex(of: experiment))
            workspace.force(table.arms[index][try #require(table.armNames[index].firstIndex(of: arm))])
        }
    }

    private func attribute(_ entity: Entity, _ name: String, _ texts: Texts) throws -> AttributeIndex {
        try #require(table.attribute(entity, texts.text(name).bytes), "\(entity.name).\(name) is declared")
    }

    private func purpose(_ name: String, _ texts: Texts) throws -> PurposeIndex {
        try #require(table.purpose(texts.text(name).bytes))
    }
}

/// A time from RFC 3339, by Foundation.
func timestamp(_ text: String) throws -> Timestamp {
    let date = try Date(text, strategy: .iso8601)
    return Timestamp(microseconds: Int64((date.timeIntervalSince1970 * 1_000_000).rounded()))
}

/// Keeps texts at fixed addresses while a test uses them.
final class Texts {
    private var buffers: [UnsafeMutableBufferPointer<UInt8>] = []
    private var sets: [UnsafeMutableBufferPointer<BorrowedText>] = []

    deinit {
        for buffer in buffers { buffer.deallocate() }
        for set in sets { set.deallocate() }
    }

    func text(_ text: String) -> BorrowedText {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
        _ = buffer.initialize(from: text.utf8)
        buffers.append(buffer)
        return BorrowedText(start: UnsafePointer(buffer.baseAddress), count: buffer.count)
    }

    func feature(_ value: AttributeValue) -> Scalar {
        switch value {
        case .bool(let value): return Scalar(value)
        case .int(let value): return Scalar(value)
        case .double(let value): return Scalar(value)
        case .timestamp(let value): return Scalar(value)
        case .string(let value): return Scalar(text(value))
        case .strings(let values):
            let set = UnsafeMutableBufferPointer<BorrowedText>.allocate(capacity: values.count)
            _ = set.initialize(from: values.map(text))
            sets.append(set)
            return Scalar(UnsafeBufferPointer(set))
        }
    }
}

/// A decision with its texts copied.
struct Answer: Equatable {
    struct Placement: Equatable {
        var name: String
        var campaign: String
        var variant: String
        var promise: String
        var page: String
        var landingURL: String
        var reason: DecisionReason
        var because: String
        var fields: [String: String]
        var lackedData: Bool
        var lackedConsent: Bool
        var experiment = ""
        var arm = ""
        /// Arms of further experiments.
        var further: [String: String] = [:]
    }

    struct Assignment: Equatable {
        var experiment: String
        var arm: String
        var propensity: Double
        var isForced = false
    }

    struct ICP: Equatable {
        var name: String
        var title: String
        var tier: String
        var fit: Double
        var isNegative: Bool
        var subscores: [Double]
    }

    var revision: String
    var segments: [String]
    var icp: ICP?
    var engagement: Double
    var engagementLevel: String
    var grade: String
    var isMQL: Truth?
    var persona: String?
    var role: String
    var stage: String
    var placements: [Placement]
    var unreadPurposes: [String]
    var assignments: [Assignment]
    var routes: [String: String]
    var isPreview: Bool

    init(_ decision: Decision) {
        revision = copy(decision.revision)
        segments = decision.segments.map(copy)
        icp = decision.icp.map { $0.pointee }.map { icp in
            ICP(
                name: copy(icp.name), title: copy(icp.title), tier: copy(icp.tier), fit: icp.fit,
                isNegative: icp.isNegative, subscores: Category.allCases.map { icp.subscores[$0] })
        }
        engagement = decision.engagement
        engagementLevel = copy(decision.engagementLevel)
        grade = copy(decision.grade)
        isMQL = decision.isMQL
        persona = decision.persona.map { copy($0.pointee.name) }
        role = copy(decision.role)
        stage = copy(decision.stage)
        placements = decision.placements.map { placement in
            Placement(
                name: copy(placement.placement), campaign: copy(placement.campaign), variant: copy(placement.variant),
                promise: copy(placement.promise), page: copy(placement.page), landingURL: copy(placement.landingURL),
                reason: placement.reason, because: copy(placement.because),
                fields: Dictionary(uniqueKeysWithValues: placement.fields.map { (copy($0.name), copy($0.text)) }),
                lackedData: placement.lackedData, lackedConsent: placement.lackedConsent,
                experiment: copy(placement.experiment), arm: copy(placement.arm),
                further: Dictionary(
                    uniqueKeysWithValues: placement.furtherExperiments.map { (copy($0.experiment), copy($0.arm)) }))
        }
        routes = Dictionary(uniqueKeysWithValues: decision.routes.map { (copy($0.name), copy($0.text)) })
        assignments = decision.assignments.map {
            Assignment(
                experiment: copy($0.experiment), arm: copy($0.arm), propensity: $0.propensity, isForced: $0.isForced)
        }
        unreadPurposes = decision.unreadPurposes.map(copy)
        isPreview = decision.isPreview
    }

    subscript(placement: String) -> Placement? { placements.first { $0.name == placement } }
}

/// An owned copy of a text, which must be UTF-8.
func copy(_ text: BorrowedText) -> String {
    String(validating: text.bytes, as: UTF8.self) ?? "not UTF-8"
}
