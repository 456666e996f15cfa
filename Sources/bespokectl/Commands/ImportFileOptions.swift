internal import Model
internal import ArgumentParser
internal import BespokeAdmin
internal import Importing

/// What every import of a file asks.
struct ImportFileOptions: ParsableArguments {
    @Argument(help: "The file.", completion: .file(extensions: ["csv", "ndjson", "jsonl"])) var file: String
    @Option(help: "csv, or ndjson for one JSON object a line. (default: what the file's name ends with)")
    var format: FormatArgument?
    @Flag(help: "Take the good rows although others are bad.") var skipInvalid = false
    @Flag(help: "Check the file and show the first rows as they would be taken; change nothing.") var dryRun = false
    @Option(
        help: ArgumentHelp(
            "Write every bad cell of the file to this one, as CSV: line, column, reason, value.", valueName: "file"),
        completion: .file(extensions: ["csv"]))
    var rejects: String?
    @Option(
        help: ArgumentHelp(
            "Where to note how far the import has come. (default: the file's name with .bespoke-resume)",
            valueName: "file"))
    var checkpoint: String?

    private static let headBytes = 64 * 1_024

    var rowFormat: ImportFormat { format?.format ?? ImportFormat(path: file) }

    var checkpointPath: String { checkpoint ?? file + ".bespoke-resume" }

    /// The checkpoint of an import that begins now.
    ///
    /// - Parameter settings: Everything beside the file that decides what is written, and where.
    func begun(_ reader: FileReader, settings: [String]) throws(Failure) -> ImportCheckpoint {
        ImportCheckpoint(
            file: ImportCheckpoint.File(
                byteCount: reader.byteCount, modifiedNanoseconds: reader.modifiedNanoseconds,
                head: try reader.head(byteCount: Self.headBytes)), settings: settings)
    }

    func rejectsFile(besides reader: FileReader) throws(Failure) -> RejectsFile? {
        guard let rejects else { return nil }
        return try RejectsFile(rejects, besides: reader)
    }
}

/// How a file's bytes are text, as an argument.
enum EncodingArgument: String, ExpressibleByArgument, CaseIterable {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case windows1252 = "windows-1252"
    case latin1 = "iso-8859-1"

    var encoding: TextEncoding {
        switch self {
        case .utf8: .utf8
        case .utf16: .utf16
        case .windows1252: .windows1252
        case .latin1: .latin1
        }
    }
}

/// How a file holds rows, as an argument.
enum FormatArgument: String, ExpressibleByArgument, CaseIterable {
    case csv
    case ndjson

    var format: ImportFormat {
        switch self {
        case .csv: .csv
        case .ndjson: .ndjson
        }
    }
}
