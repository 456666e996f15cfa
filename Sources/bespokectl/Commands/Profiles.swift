internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

/// `bespokectl profiles`.
struct Profiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import, read, write, delete and back up stored profiles.",
        subcommands: [
            ImportProfiles.self, Export.self, Show.self, Get.self, Put.self, Delete.self, Erase.self, Consent.self,
            Merge.self, Unmerge.self, Restore.self, Backup.self, Verify.self,
        ])

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a stored profile.")

        @Argument(help: "The profile's id.") var id: String
        @Option(help: "visitor or account.") var kind: KindArgument
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let profile: ProfileMessage = try await daemon.call(
                    Methods.Profile.getProfile, GetProfileRequest(kind: kind.wire, id: id),
                    isIdempotent: true)
                options.show(json: profile.json) { ReportText.profile(profile, style: $0) }
            }
        }
    }

    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add to a stored profile, or make it.",
            discussion: "Values that are set replace stored ones; the others stay. Values are written as for `decide`.")

        @Argument(help: "The profile's id.") var id: String
        @Option(help: "visitor or account.") var kind: KindArgument
        @Option(
            help: ArgumentHelp("An attribute, such as title=CTO. May be repeated.", valueName: "name=value"),
            completion: .profileSettings)
        var set: [String] = []
        @Option(
            help: ArgumentHelp("An attribute to forget. May be repeated.", valueName: "name"),
            completion: .profileAttributes)
        var remove: [String] = []
        @Option(help: "For a visitor: the id of their account.") var account: String?
        @Option(help: "Write only if this version is stored; 0: only if there is no such profile.")
        var expectedVersion: UInt64?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            _ = try features()
            _ = try removed()
        }

        func run() async throws {
            let features = try features()
            try await options.withDaemon { daemon in
                let request = PutProfileRequest(
                    profile: ProfileMessage(
                        kind: kind.wire, id: id, accountID: account ?? "", features: features), remove: try removed(),
                    expectedVersion: expectedVersion)
                let response: PutProfileResponse = try await daemon.call(
                    Methods.Profile.putProfile, request, isIdempotent: false)
                options.show(json: .object([.init("version", .long(response.version))])) { _ in
                    "\(kind.rawValue) \(Style.printable(id)) written, version \(response.version)\n"
                }
            }
        }

        private func removed() throws -> [String] {
            do throws(ArgumentProblem) {
                return try remove.map { path throws(ArgumentProblem) in try kind.name(of: path) }
            } catch {
                throw ValidationError(error.description)
            }
        }

        private func features() throws -> [FeatureMessage] {
            do throws(ArgumentProblem) {
                var features: [FeatureMessage] = []
                for argument in set {
                    let (path, value) = try ValueText.parse(argument)
                    features.append(FeatureMessage(name: try kind.name(of: path), value: value))
                }
                return features
            } catch {
                throw ValidationError(error.description)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a stored profile.")

        @Argument(help: "The profile's id.") var id: String
        @Option(help: "visitor or account.") var kind: KindArgument
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let response: DeleteProfileResponse = try await daemon.call(
                    Methods.Profile.deleteProfile, DeleteProfileRequest(kind: kind.wire, id: id),
                    isIdempotent: false)
                options.show(json: .object([.init("existed", .bool(response.existed))])) { _ in
                    response.existed
                        ? "\(kind.rawValue) \(Style.printable(id)) deleted\n"
                        : "there was no \(kind.rawValue) \(Style.printable(id))\n"
                }
            }
        }
    }
}

/// Whose profile, as an argument.
enum KindArgument: String, ExpressibleByArgument, CaseIterable {
    case visitor
    case account

    var wire: ProfileKind {
        switch self {
        case .visitor: .visitor
        case .account: .account
        }
    }

    /// The attribute's name without whose it is, as a profile keeps it; `decide` wants it with that.
    ///
    /// - Throws: `ArgumentProblem` for an attribute of the other kind.
    func name(of path: String) throws(ArgumentProblem) -> String {
        guard let dot = path.firstIndex(of: "."), let entity = Entity(name: path[..<dot]) else { return path }
        guard entity.name == rawValue else {
            throw ArgumentProblem(
                "\(path) is no attribute of \(rawValue)s; this is the profile of a\(self == .account ? "n" : "") \(rawValue)"
            )
        }
        return String(path[path.index(after: dot)...])
    }
}
