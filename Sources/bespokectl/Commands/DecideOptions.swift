internal import ArgumentParser
internal import BespokeAdmin
internal import Messages
internal import Model

/// Flags that describe a page view: for `decide` and `explain`.
struct DecideOptions: ParsableArguments {
    static let discussion = """
        Values are typed by their shape: true, 33, 14000.5, 2026-11-20T10:00:00Z, [a,b] or a|b for a set, anything else a \
        string. NAME:TYPE=VALUE names the type, and double quotes make a string of anything; \
        members of ["a,b"] are taken as they stand.

        --force and --as-segment preview: they show what somebody else would see, whatever eligibility, caps, weights and the \
        holdout say; only a legal block still holds. A preview is never counted. The admin socket takes them from whoever can \
        open it, the data port with --preview-token.
        """
    private static let jsonBytesMax = 64 << 20

    @Option(help: "The visitor's id; a stored profile supplies what is not set here.") var visitor: String?
    @Option(help: "The account's id.") var account: String?
    @Option(
        help: ArgumentHelp("An attribute, such as visitor.title=CTO. May be repeated.", valueName: "name=value"),
        completion: .settings)
    var set: [String] = []
    @Option(help: "The page's full address.") var url: String?
    @Option(help: "The page from which the visitor came.") var referrer: String?
    @Option(help: "The visitor's IP address.") var ip: String?
    @Option(help: "The visitor's country, such as DE.") var country: String?
    @Option(help: "The visitor's language, such as de-CH.") var language: String?
    @Option(help: "The visitor's device, such as mobile.", completion: .list(["desktop", "mobile", "tablet"]))
    var device: String?
    @Option(help: "A placement to decide; all when none is named. May be repeated.", completion: .names(.placement))
    var placement: [String] = []
    @Option(help: "A route: who gets this lead? May be repeated.", completion: .names(.route)) var route: [String] = []
    @Option(
        help: "A purpose that the visitor agrees to; the stored choice holds for others. May be repeated.",
        completion: .purposes)
    var consent: [String] = []
    @Option(help: "A purpose that the visitor denies. May be repeated.", completion: .purposes) var deny: [String] = []
    @Option(
        help: ArgumentHelp("Behaviour, such as demo=2@2026-11-20T10:00:00Z. May be repeated.", valueName: "name=count"),
        completion: .events)
    var event: [String] = []
    @Flag(help: "Record what is decided as shown.") var recordExposure = false
    @Option(
        name: [.long, .customLong("at")], help: "The time for which to decide, in RFC 3339. (default: now)")
    var now: String?
    @Option(
        help: ArgumentHelp(
            "Force an arm, EXPERIMENT=ARM, or a variant, PLACEMENT=CAMPAIGN/VARIANT. May be repeated.",
            valueName: "name=what"), completion: .forced)
    var force: [String] = []
    @Option(
        help: ArgumentHelp("A segment that holds, whatever its condition says. May be repeated.", valueName: "segment"),
        completion: .names(.segment))
    var asSegment: [String] = []
    @Option(
        help: ArgumentHelp(
            "What authorises a preview over the data port. Also BESPOKE_PREVIEW_TOKEN.", valueName: "secret"))
    var previewToken: String?
    @Option(
        help: ArgumentHelp(
            "A file with the request in protobuf's JSON form, or - for standard input; flags are laid over it.",
            valueName: "file"), completion: .file(extensions: ["json"]))
    var json: String?

    func validate() throws {
        var request = DecideRequestMessage()
        try apply(to: &request)
    }

    /// - Throws: `Failure` for a file that cannot be read.
    func request() throws -> DecideRequestMessage {
        var request = try json.map(Self.request) ?? DecideRequestMessage()
        try apply(to: &request)
        return request
    }

    private static func request(_ path: String) throws(Failure) -> DecideRequestMessage {
        let content = try Files.content(path, bytesMax: jsonBytesMax)
        do throws(JSONError) {
            return try DecideRequestMessage(JSONParser.parse(content))
        } catch {
            throw Failure("INVALID_ARGUMENT", "\(path == "-" ? "standard input" : path): \(error)")
        }
    }

    /// - Throws: `ValidationError` for a flag that cannot be read.
    private func apply(to request: inout DecideRequestMessage) throws {
        if let visitor { request.visitorID = visitor }
        if recordExposure { request.recordsExposure = true }
        if let account { request.accountID = account }
        if !placement.isEmpty { request.placements = placement }
        if !route.isEmpty { request.routes = route }
        if !consent.isEmpty || !deny.isEmpty { request.consent = ConsentMessage(granted: consent, denied: deny) }
        do throws(ArgumentProblem) {
            for argument in set { try DecideArguments.set(argument, in: &request) }
            for argument in event { try DecideArguments.event(argument, in: &request) }
            if let now { request.now = try DecideArguments.time(now) }
            for argument in force { try DecideArguments.force(argument, in: &request) }
        } catch {
            throw ValidationError(error.description)
        }
        for segment in asSegment {
            var preview = request.preview ?? PreviewMessage()
            preview.segments.append(segment)
            request.preview = preview
        }
        if request.preview?.token.isEmpty == true {
            request.preview?.token = previewToken ?? Console.environment("BESPOKE_PREVIEW_TOKEN") ?? ""
        }
        let parts = [url, referrer, ip, country, language, device]
        guard parts.contains(where: { $0 != nil }) else { return }
        var page = request.page ?? PageMessage()
        page.url = url ?? page.url
        page.referrer = referrer ?? page.referrer
        page.ip = ip ?? page.ip
        page.country = country ?? page.country
        page.language = language ?? page.language
        page.device = device ?? page.device
        request.page = page
    }
}
