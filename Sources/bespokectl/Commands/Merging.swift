internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

extension Profiles {
    /// `bespokectl profiles merge`.
    struct Merge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make two ids one person's.",
            discussion: """
                Everything is kept under ID afterwards, whichever of the two a page server names: attributes (of each the value learnt \
                later), behaviour, arms (of the earlier exposure), shows for caps, consent (the stricter). It can be undone for 30 days.
                """)

        @Argument(help: ArgumentHelp("Becomes another id of the person.", valueName: "alias")) var alias: String
        @Argument(help: "The id under which everything is kept.") var id: String
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let response: MergeProfilesResponse = try await daemon.call(
                    Methods.Profile.mergeProfiles, MergeProfilesRequest(aliasID: alias, id: id),
                    isIdempotent: true)
                options.show(json: response.json) { _ in
                    let others = response.otherIDs.map(Style.printable).joined(separator: ", ")
                    let until = response.undoableUntil.map { "; can be undone until \(TimestampText.format($0))" } ?? ""
                    return "\(Style.printable(response.id)) is also \(others)"
                        + (response.changed ? until : ", as before") + "\n"
                }
            }
        }
    }

    /// `bespokectl profiles unmerge`.
    struct Unmerge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an id a person's own again, within 30 days of the merge.",
            discussion: """
                What had been recorded before the merge goes back where it was; what was recorded since stays with the id that it was \
                merged into.
                """)

        @Argument(help: "The id that was merged into another.") var id: String
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let response: MergeProfilesResponse = try await daemon.call(
                    Methods.Profile.undoMerge, UndoMergeRequest(id: id), isIdempotent: false)
                options.show(json: response.json) { _ in "\(Style.printable(id)) is a person's own id again\n" }
            }
        }
    }

    /// `bespokectl profiles restore`.
    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring one person back from a backup, as they were then.",
            discussion: """
                Profile, behaviour, arms, single events and consent come back with their times, with all ids. Nothing may be kept of the \
                person: erase them first. For a whole journal: bespoked restore.
                """)

        @Argument(help: "Any of the visitor's ids.") var id: String
        @Option(
            help: ArgumentHelp("A folder of backups on the daemon's machine.", valueName: "folder"),
            completion: .directory)
        var from: String
        @Option(help: "Which generation of it. Without it the newest.") var generation: UInt64?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            guard generation != 0 else { throw ValidationError("--generation must be at least 1.") }
        }

        func run() async throws {
            var request = RestoreProfileRequest()
            (request.backupDirectory, request.generation, request.id) = (from, generation ?? 0, id)
            let asked = request
            try await options.withDaemon { daemon in
                let response: RestoreProfileResponse = try await daemon.call(
                    Methods.Admin.restoreProfile, asked, isIdempotent: false)
                options.show(json: response.json) { _ in
                    let parts = [
                        response.hadProfile ? "the profile" : nil, response.hadBehaviour ? "behaviour" : nil,
                        response.events > 0 ? ReportText.counted(response.events, "event") : nil,
                        response.consents > 0 ? ReportText.counted(response.consents, "choice") + " of consent" : nil,
                    ].compactMap { $0 }
                    return "\(response.ids.map(Style.printable).joined(separator: ", ")) restored as of "
                        + (response.takenAt.map(TimestampText.format) ?? "")
                        + " (generation \(response.generation)): \(parts.joined(separator: ", "))\n"
                }
            }
        }
    }
}
