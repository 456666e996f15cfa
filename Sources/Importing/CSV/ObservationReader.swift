internal import Profiles
package import Model

/// Reads since when something is known.
package struct ObservationReader: Sendable {
    private let date: DateFormat
    /// In microseconds; what is behind it is refused.
    private let latest: Int64

    /// - Parameter now: Nothing can be known since a later time; nil when the daemon is to look at that.
    package init(_ date: DateFormat, now: Timestamp?) {
        self.date = date
        latest = now.map { $0.microseconds + ProfileLimits.observedAheadSecondsMax * 1_000_000 } ?? .max
    }

    /// - Returns: Seconds since 1970; nil for an empty text: at the time of the import.
    package func seconds(_ text: String) throws(CellRefusal) -> Int64? {
        try CSVCell.withBytes(Array(text.utf8)) { (bytes) throws(CellRefusal) in try seconds(bytes) }
    }

    func seconds(_ cell: UnsafeBufferPointer<UInt8>) throws(CellRefusal) -> Int64? {
        let cell = CSVCell.trimmed(cell)
        guard !cell.isEmpty else { return nil }
        let time = try CSVCell.time(cell, date)
        guard time.microseconds <= latest else {
            throw CellRefusal(reason: "is still to come: nothing can be known since then")
        }
        guard time.microseconds >= 0 else {
            throw CellRefusal(reason: "is before 1970, since when nothing can be known here")
        }
        return time.microseconds / 1_000_000
    }
}
