internal import Decisioning
package import Engine
package import GRPC
internal import Model
package import Profiles
internal import Ruleset
package import Wire

// The one place where errors become gRPC status codes: bad input INVALID_ARGUMENT, unknown name NOT_FOUND, too much
// RESOURCE_EXHAUSTED, a state that is not as expected ABORTED, our bug INTERNAL.

extension Status {
    /// What a caller is told of an error: a status for everything that the engine, and what it stands on, throws.
    static func answering(_ error: any Error) -> any Error {
        switch EngineError.wording(error) {
        case let error as EngineError: Status(error)
        case let error as BehaviourError: Status(error)
        case let error as ExperimentError: Status(error)
        case let error as ProfileError: Status(error)
        case let error as WireError: Status(error)
        case let other: other
        }
    }

    /// The engine does not do what it was asked.
    package init(_ error: EngineError) { self.init(Self.code(error.kind), error.description) }

    private static func code(_ kind: EngineError.Kind) -> Code {
        switch kind {
        case .invalid: .invalidArgument
        case .notFound: .notFound
        case .exists: .alreadyExists
        case .conflict: .aborted
        case .precondition: .failedPrecondition
        case .damaged: .dataLoss
        case .tooMuch: .resourceExhausted
        case .notReady, .storage: .unavailable
        case .cancelled: .cancelled
        case .failure: .internalError
        }
    }

    private static let noRules = "no rule set is loaded yet; push one with `bespokectl rules push DIR`"

    /// What a peer sent is no message, or one that is too large.
    package init(_ error: WireError) {
        switch error {
        case .overBudget: self.init(.resourceExhausted, error.description)
        case .malformed, .invalid: self.init(.invalidArgument, error.description)
        }
    }

    /// A question cannot be decided.
    package init(_ error: DecideError) {
        switch error {
        case .notReady:
            self.init(.unavailable, Self.noRules)
        case .attributeNameNotText(let entity, let problem):
            self.init(.invalidArgument, "\(entity.name): a name: \(problem.rawValue)")
        case .unknownAttribute(let entity, let name, let table):
            let declared = table.attributes.filter { $0.key.entity == entity }.map(\.key.name)
            self.init(
                .invalidArgument,
                "\(entity.name).\(name): the rule set declares no such attribute" + Self.suggestion(name, declared))
        case .wrongType(let index, let kind, let table):
            let attribute = table.attributes[Int(index.rawValue)]
            let unit = attribute.unit.map { " (\($0))" } ?? ""
            self.init(
                .invalidArgument,
                "\(attribute.key.entity.name).\(attribute.key.name): is declared as \(attribute.type.name)\(unit), not \(kind)"
            )
        case .valueNotAllowed(let index, let value, let table):
            let attribute = table.attributes[Int(index.rawValue)]
            self.init(
                .invalidArgument,
                "\(attribute.key.entity.name).\(attribute.key.name): \"\(value)\" is none of \(attribute.values.joined(separator: ", "))"
                    + (Spelling.nearest(to: value, among: attribute.values).map { "; did you mean `\($0)`?" } ?? ""))
        case .notInForm(let field, let value):
            let shown = value.count > 64 ? value.prefix(64) + "…" : value[...]
            self.init(.invalidArgument, "page.\(field.rawValue): \"\(shown)\" is not \(field.words)")
        case .unknownPlacement(let name, let table):
            self.init(
                .notFound,
                "placement \(name): the rule set has no such placement" + Self.suggestion(name, table.placementNames))
        case .unknownRoute(let name, let table):
            self.init(
                .notFound, "route \(name): the rule set has no such route" + Self.suggestion(name, table.routeNames))
        case .unknownPurpose(let name, let table):
            self.init(
                .invalidArgument,
                "consent purpose \(name): the rule set has no such purpose" + Self.suggestion(name, table.purposeNames))
        case .unknownEvent(let name, let table):
            self.init(
                .invalidArgument,
                "event \(name): the rule set declares no such event" + Self.suggestion(name, table.eventNames))
        case .previewRefused(let reason):
            self.init(.permissionDenied, reason)
        case .wrongPreviewToken:
            self.init(
                .permissionDenied, "preview.token: is not that of `preview_token`", isWrongCredential: true)
        case .tooMuchWork:
            self.init(
                .resourceExhausted,
                "the conditions of the rules would take more work than one decision may, with texts and lists as long as these; send shorter "
                    + "ones, or have fewer conditions look through whole texts (`matches`, `contains`, comprehensions)")
        case .unknownInPreview(let field, let kind, let name, let known):
            self.init(.notFound, "\(field): the rule set has no \(kind) \(name)" + Self.suggestion(name, known))
        case .previewRecords:
            self.init(
                .invalidArgument, "preview: is never an exposure; leave out record_exposure, or the preview")
        case .shownToNobody:
            self.init(.invalidArgument, "record_exposure: needs visitor_id or account_id; name one of them")
        case .shownLater:
            self.init(.invalidArgument, "now: lies in the future, where nothing can have been shown")
        case .notRecorded(let error):
            self.init(error)
        }
    }

    /// Behaviour cannot be recorded.
    package init(_ error: BehaviourError) {
        switch error {
        case .notReady:
            self.init(.unavailable, Self.noRules)
        case .tooMany(let count):
            self.init(.invalidArgument, "events: \(count) events and exposures; the limit is 1,000 in one request")
        case .invalid(let field, let problem):
            self.init(.invalidArgument, "\(field): \(problem)")
        case .unknownEvent(let field, let name, let known):
            self.init(
                .invalidArgument, "\(field).name: the rule set has no event \(name)" + Self.suggestion(name, known))
        case .unknownPurpose(let name, let known):
            self.init(
                .notFound, "consent purpose \(name): the rule set has no such purpose" + Self.suggestion(name, known))
        case .unknownCreative(let field, let name):
            self.init(
                .invalidArgument,
                "\(field): no rule set had a variant \(name) (campaign/placement/variant); send what the decision named"
            )
        case .unknownArm(let field, let experiment, let arm):
            self.init(
                .invalidArgument,
                "\(field): no rule set had an arm \(arm) of \(experiment); send what the decision named")
        case .journal(let reason):
            self.init(.unavailable, reason)
        case .overloaded(let reason):
            self.init(.resourceExhausted, reason)
        case .person(let error):
            self.init(error)
        }
    }

    /// It cannot be changed who is who.
    package init(_ error: PersonError) {
        switch error {
        case .same(let id):
            self.init(.invalidArgument, "id: is \"\(id)\", as alias_id is; name two ids")
        case .belongsToAnother(let id, let person):
            self.init(
                .failedPrecondition,
                "alias_id: \"\(id)\" is another id of \"\(person)\" already; if both are one person, merge them (MergeProfiles)"
            )
        case .tooMany(let person, let count):
            self.init(
                .failedPrecondition,
                "\"\(person)\" would have \(count) ids; the most is \(AliasTable.idsMax); undo a merge first")
        case .notMerged(let id):
            self.init(.notFound, "\"\(id)\" is nobody's other id")
        case .nested(let id, let parent):
            self.init(.failedPrecondition, "\"\(id)\" came with \"\(parent)\"; undo the merge of that one first")
        case .tooLate(let id, let merged):
            self.init(
                .failedPrecondition,
                "\"\(id)\" was merged on \(TimestampText.format(merged)); a merge can be undone for 30 days")
        case .present(let id):
            self.init(
                .alreadyExists, "something is kept of \"\(id)\"; erase the person first (`bespokectl profiles erase`)")
        case .foreign:
            self.init(.failedPrecondition, "the backup is of another daemon: its names have other numbers")
        case .profile(let error):
            self.init(.failedPrecondition, "the profiles cannot be united: \(error.description)")
        case .behaviour(let reason):
            self.init(.unavailable, reason)
        }
    }

    /// An experiment cannot be counted.
    package init(_ error: ExperimentError) {
        switch error {
        case .notReady:
            self.init(.unavailable, Self.noRules)
        case .measuresNothing(let experiment):
            self.init(.failedPrecondition, "experiment \(experiment): measures nothing; give it `metrics`")
        case .unknown(let what, let name, let known):
            let few = known.isEmpty || known.count > 8 ? "" : "; there are: \(known.sorted().joined(separator: ", "))"
            let nearest = Spelling.nearest(to: name, among: known).map { "; did you mean `\($0)`?" } ?? few
            self.init(.notFound, "\(what) \(name): there is no such\(nearest)")
        case .tooManyGroups(let by, let max):
            self.init(.invalidArgument, "by: \(by) has more than \(max) values; name another attribute")
        }
    }

    /// A profile is not acceptable.
    package init(_ error: ProfileError) {
        switch error {
        case .versionMismatch, .rulesChanged: self.init(.aborted, error.description)
        case .corrupt: self.init(.internalError, error.description)
        default: self.init(.invalidArgument, error.description)
        }
    }

    private static func suggestion(_ name: String, _ candidates: [String]) -> String {
        if let nearest = Spelling.nearest(to: name, among: candidates) { return "; did you mean `\(nearest)`?" }
        return "; `bespokectl rules list` shows what is declared"
    }
}
