internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

/// A command about one kind of what the rules declare.
protocol NamedKind: AsyncParsableCommand {
    /// Which.
    static var kind: RuleNameKind { get }
}

/// `bespokectl KIND list`.
struct ListOf<Parent: NamedKind>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list", abstract: "List the \(Parent.kind.plural) of the rules that are served.")
    }

    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.withDaemon { daemon in
            let names = try await daemon.names(Parent.kind).all(Parent.kind)
            options.show(json: .array(names.map(\.json))) { NameText.list(Parent.kind, names, style: $0) }
        }
    }
}

/// `bespokectl KIND show`.
struct ShowOf<Parent: NamedKind>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show", abstract: "Show one of the \(Parent.kind.plural): what the rules say of it, and where."
        )
    }

    @Argument(help: "Its name.", completion: .names(Parent.kind)) var name: String
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.withDaemon { daemon in
            let names = try await daemon.names(Parent.kind)
            guard let found = names.all(Parent.kind).first(where: { $0.name == name }) else {
                throw Failure("NOT_FOUND", names.unknown(Parent.kind, name))
            }
            options.show(json: found.json) { NameText.details(found, style: $0) }
        }
    }
}

/// `bespokectl segments`.
struct Segments: NamedKind {
    static let kind = RuleNameKind.segment
    static let configuration = CommandConfiguration(
        abstract: "List and show the segments of the rules.", subcommands: [ListOf<Self>.self, ShowOf<Self>.self])
}

/// `bespokectl icps`.
struct ICPs: NamedKind {
    static let kind = RuleNameKind.icp
    static let configuration = CommandConfiguration(
        commandName: "icps", abstract: "List and show the ideal customer profiles of the rules.",
        subcommands: [ListOf<Self>.self, ShowOf<Self>.self])
}

/// `bespokectl personas`.
struct Personas: NamedKind {
    static let kind = RuleNameKind.persona
    static let configuration = CommandConfiguration(
        abstract: "List and show the personas of the rules.", subcommands: [ListOf<Self>.self, ShowOf<Self>.self])
}

/// `bespokectl attributes`.
struct Attributes: NamedKind {
    static let kind = RuleNameKind.attribute
    static let configuration = CommandConfiguration(
        abstract: "List and show the attributes of the rules.", subcommands: [ListOf<Self>.self, ShowOf<Self>.self])
}

/// `bespokectl placements`.
struct Placements: NamedKind {
    static let kind = RuleNameKind.placement
    static let configuration = CommandConfiguration(
        abstract: "List and show the placements of the rules.", subcommands: [ListOf<Self>.self, ShowOf<Self>.self])
}

/// `bespokectl rules list`.
struct ListRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what the rules that are served declare: campaigns, segments, events and all else.")

    @Argument(
        help: "Only one kind: \(RuleNameKind.allCases.map(\.rawValue).joined(separator: ", ")).",
        completion: .list(RuleNameKind.allCases.map(\.rawValue)))
    var kind: String?
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        let wanted = try kind.map(Self.named)
        try await options.withDaemon { daemon in
            let names = try await daemon.names(wanted.map { [$0] } ?? [])
            options.show(json: .array(names.names.map(\.json))) { style in
                wanted.map { NameText.list($0, names.names, style: style) } ?? NameText.overview(names, style: style)
            }
        }
    }

    /// - Parameter word: One of them, or several: `campaign` or `campaigns`.
    private static func named(_ word: String) throws -> RuleNameKind {
        let kinds = RuleNameKind.allCases
        if let kind = kinds.first(where: { $0.rawValue == word || $0.plural == word }) { return kind }
        let hint = Spelling.nearest(to: word, among: kinds.map(\.rawValue)).map { "did you mean `\($0)`?" }
        throw ValidationError(
            "The rules name no kind `\(word)`; "
                + (hint ?? "there are: " + kinds.map(\.rawValue).joined(separator: ", ")))
    }
}
