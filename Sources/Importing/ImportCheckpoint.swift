internal import Model
internal import Profiles
internal import Ruleset

/// How far an import of several calls has come: what a later run needs to go on.
package struct ImportCheckpoint: Sendable, Hashable {
    /// What tells whether a file is still the same.
    package struct File: Sendable, Hashable {
        package let byteCount: Int
        /// Since 1970.
        package let modifiedNanoseconds: Int64
        /// Of its first bytes.
        package let digest: String

        /// - Parameter head: The file's first bytes.
        package init(byteCount: Int, modifiedNanoseconds: Int64, head: [UInt8]) {
            self.init(
                byteCount: byteCount, modifiedNanoseconds: modifiedNanoseconds, digest: ImportCheckpoint.digest(head))
        }

        fileprivate init(byteCount: Int, modifiedNanoseconds: Int64, digest: String) {
            self.byteCount = byteCount
            self.modifiedNanoseconds = modifiedNanoseconds
            self.digest = digest
        }
    }

    /// Why an import does not go on from here.
    package enum Refusal: Error, Sendable, Hashable {
        case fileChanged
        case otherSettings
    }

    package let file: File
    /// A digest of everything else that decides what is written, and where.
    package let settings: String
    /// The last that is written; 0 before the first call has ended.
    package private(set) var line: UInt64 = 0
    /// Profiles, up to there.
    package private(set) var written: UInt64 = 0
    /// What the daemon refused, up to there.
    package private(set) var rejected: UInt64 = 0

    private static let format = "1"

    /// - Parameter settings: Everything else that decides what is written, and where.
    package init(file: File, settings: [String]) {
        self.file = file
        self.settings = Self.digest(settings.flatMap { Array("\($0.utf8.count):\($0)".utf8) })
    }

    private init(_ file: File, settings: String) {
        self.file = file
        self.settings = settings
    }

    /// A call has ended.
    ///
    /// - Parameters:
    ///   - line: The last that it wrote.
    ///   - written: Profiles, up to there.
    ///   - rejected: What the daemon refused, up to there.
    package mutating func advance(through line: UInt64, written: UInt64, rejected: UInt64) {
        self.line = line
        self.written = written
        self.rejected = rejected
    }

    /// - Parameter now: As an import of the same file would begin.
    /// - Throws: `Refusal` when it is not this one that goes on.
    package func check(against now: ImportCheckpoint) throws(Refusal) {
        guard file == now.file else { throw .fileChanged }
        guard settings == now.settings else { throw .otherSettings }
    }

    // MARK: As a file

    /// One line.
    package var text: String {
        JSON.object([
            .init("format", .string(Self.format)), .init("byteCount", .string("\(file.byteCount)")),
            .init("modifiedNanoseconds", .string("\(file.modifiedNanoseconds)")), .init("digest", .string(file.digest)),
            .init("settings", .string(settings)), .init("line", .string("\(line)")),
            .init("written", .string("\(written)")),
            .init("rejected", .string("\(rejected)")),
        ]).line() + "\n"
    }

    /// - Returns: Nil when the bytes are not what `text` writes.
    package init?(_ bytes: [UInt8]) {
        guard case .object(let members)? = try? JSONParser.parse(bytes) else { return nil }
        func text(_ name: String) -> String? {
            guard case .string(let text)? = members.first(where: { $0.name == name })?.value else { return nil }
            return text
        }
        guard text("format") == Self.format, let byteCount = text("byteCount").flatMap(Int.init),
            let modified = text("modifiedNanoseconds").flatMap(Int64.init), let digest = text("digest"),
            let settings = text("settings"), let line = text("line").flatMap(UInt64.init),
            let written = text("written").flatMap(UInt64.init), let rejected = text("rejected").flatMap(UInt64.init)
        else { return nil }
        self.init(
            File(byteCount: byteCount, modifiedNanoseconds: modified, digest: digest), settings: settings)
        advance(through: line, written: written, rejected: rejected)
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        RuleSetLoader.revision([RuleFile(path: "import", content: bytes)]).digest
    }
}
