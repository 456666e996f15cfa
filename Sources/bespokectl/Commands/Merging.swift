internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Model
internal import Wire

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
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let response: MergeProfilesResponse = try await daemon.call(
                    "/bespoke.v1.ProfileService/MergeProfiles", MergeProfilesRequest(aliasID: alias, id: id),
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
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let response: MergeProfilesResponse = try await daemon.call(
                    "/bespoke.v1.ProfileService/UndoMerge", UndoMergeRequest(id: id), isIdempotent: false)
                options.show(json: response.json) { _ in "\(Style.printable(id)) is a person's own id again\n" }
            }
        }
    }
}
