package import Messages
internal import Model
internal import Profiles

/// Reads links from networks and e-mail domains to accounts from CSV with the columns `network`, `domain` and `account`.
package struct AccountLinksCSV {
    /// What is wrong with a file, in one sentence.
    package struct Fault: Error, CustomStringConvertible, Equatable {
        package let description: String
    }

    private enum Column: String, CaseIterable {
        case network
        case domain
        case account
    }

    private var reader = CSVReader()
    private var columns: [Column]?
    private var fault: Fault?
    private var links: [AccountLinkMessage] = []

    private static let linksAtOnce = 5_000

    package init() {}

    /// Takes the next piece of the file; nil ends it.
    ///
    /// - Returns: Messages that are full.
    package mutating func feed(_ piece: UnsafeBufferPointer<UInt8>?) throws(Fault) -> [PutAccountLinksRequest] {
        var rows: [(line: Int, fault: CSVRow.Fault?, fields: [String])] = []
        let take = { (row: CSVRow) in
            rows.append((row.line, row.fault, (0..<row.count).map { Self.text(row[$0]) }))
        }
        do throws(CSVError) {
            if let piece { try reader.feed(piece, take) } else { reader.finish(take) }
        } catch {
            throw Fault(description: error.description)
        }
        for row in rows { try add(row.line, row.fault, row.fields) }
        if piece == nil, columns == nil { throw Fault(description: CSVError.empty.description) }
        guard links.count >= Self.linksAtOnce || piece == nil else { return [] }
        defer { links = [] }
        return stride(from: 0, to: links.count, by: Self.linksAtOnce).map { start in
            PutAccountLinksRequest(links: Array(links[start..<min(start + Self.linksAtOnce, links.count)]))
        }
    }

    /// Without white space and what is invisible around it, as cells of imports.
    private static func text(_ field: UnsafeBufferPointer<UInt8>) -> String {
        String(decoding: TextEdges.trimmed(field), as: UTF8.self)
    }

    private mutating func add(_ line: Int, _ fault: CSVRow.Fault?, _ fields: [String]) throws(Fault) {
        if let fault { throw Fault(description: "line \(line): \(fault)") }
        guard let columns else {
            columns = try header(fields)
            return
        }
        guard fields.count == columns.count else {
            throw Fault(description: "line \(line): has \(fields.count) fields, the header \(columns.count)")
        }
        var link = AccountLinkMessage()
        link.line = UInt64(line)
        for (column, field) in zip(columns, fields) {
            switch column {
            case .network: link.network = field
            case .domain: link.domain = field
            case .account: link.accountID = field
            }
        }
        links.append(link)
    }

    private func header(_ fields: [String]) throws(Fault) -> [Column] {
        var columns: [Column] = []
        for field in fields {
            guard let column = Column(rawValue: field), !columns.contains(column) else {
                throw Fault(
                    description:
                        "line 1, the header: `\(field)` is not one of network, domain and account, or stands twice")
            }
            columns.append(column)
        }
        guard columns.contains(.account), columns.count > 1 else {
            throw Fault(description: "line 1, the header: needs account, and network or domain")
        }
        return columns
    }
}
