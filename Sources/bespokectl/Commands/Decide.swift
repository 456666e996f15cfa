internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages

/// `bespokectl decide`.
struct Decide: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask which version a visitor would see.", discussion: DecideOptions.discussion)

    @OptionGroup var page: DecideOptions
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.withDaemon { daemon in
            let response: DecideResponseMessage = try await daemon.call(
                Methods.Decision.decide, try page.request(), isIdempotent: true)
            options.show(json: response.json) { DecisionText.render(response, style: $0) }
        }
    }
}

/// `bespokectl explain`.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Ask which version a visitor would see, and why: each condition, what is missing, what would change it.",
        discussion: DecideOptions.discussion)

    @Flag(help: "Every condition, also of what does not apply for other reasons.") var all = false
    @Flag(inversion: .prefixedNo, help: "Look for the fewest changes that would bring another answer.")
    var nearestMisses = true
    @OptionGroup var page: DecideOptions
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.withDaemon { daemon in
            let request = ExplainRequest(request: try page.request().encoded(), skipsNearestMisses: !nearestMisses)
            let response: ExplainResponse = try await daemon.call(
                Methods.Decision.explain, request, isIdempotent: true)
            options.show(json: response.json) { ExplanationText.render(response, showsAll: all, style: $0) }
        }
    }
}
