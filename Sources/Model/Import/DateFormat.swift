/// How times are written in a file.
package struct DateFormat: Sendable {
    /// The forms that have a name.
    package enum Form: Sendable {
        case iso
        case unixSeconds
        case unixMilliseconds
        /// Days since a moment, as spreadsheets count them.
        case excelDays
        case excelDays1904
        /// The first that fits holds.
        case patterns([DatePattern])
    }

    package let form: Form
    /// As the mapping writes it.
    package let name: String
    /// Where times without an offset of their own are local.
    package let zone: ZoneOffsets

    /// RFC 3339, and the same without an offset.
    package init(zone: ZoneOffsets = .utc) {
        self.init(form: .iso, name: "iso", zone: zone)
    }

    package init(form: Form, name: String, zone: ZoneOffsets) {
        self.form = form
        self.name = name
        self.zone = zone
    }

    /// The names that stand for a form.
    package static let names = ["iso", "us", "eu", "unix_s", "unix_ms", "excel", "excel_1904"]

    /// - Parameters:
    ///   - name: One of `names`, or a pattern such as `dd.MM.yyyy HH:mm`.
    ///   - months: Of patterns with the name of a month.
    /// - Throws: `DatePattern.Problem`, for a pattern.
    package init(
        named name: String, zone: ZoneOffsets, months: MonthNames = .english
    ) throws(DatePattern.Problem) {
        let form: Form =
            switch name {
            case "iso": .iso
            case "unix_s": .unixSeconds
            case "unix_ms": .unixMilliseconds
            case "excel": .excelDays
            case "excel_1904": .excelDays1904
            case "us": .patterns(try Self.dated(["M/d/yyyy", "M-d-yyyy"], hours: Self.twelve + Self.twentyFour))
            case "eu":
                .patterns(try Self.dated(["d.M.yyyy", "d/M/yyyy", "d-M-yyyy"], hours: Self.twentyFour))
            default: .patterns([try DatePattern(name, months: months)])
            }
        self.init(form: form, name: name, zone: zone)
    }

    private static let twentyFour = ["", " H:mm", " H:mm:ss", ", H:mm", ", H:mm:ss"]
    private static let twelve = [" h:mm a", " h:mm:ss a", ", h:mm a", ", h:mm:ss a"]

    private static func dated(_ days: [String], hours: [String]) throws(DatePattern.Problem) -> [DatePattern] {
        var patterns: [DatePattern] = []
        for hour in hours {
            for day in days { patterns.append(try DatePattern(day + hour)) }
        }
        return patterns
    }

    /// - Returns: Nil when the text is not written so, or names a time that does not exist.
    package func parse(_ text: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        switch form {
        case .iso: Self.iso(text, zone)
        case .unixSeconds: Self.unix(text, microseconds: 1_000_000)
        case .unixMilliseconds: Self.unix(text, microseconds: 1_000)
        case .excelDays: ExcelDays.parse(text).map { zone.timestamp(local: $0) }
        case .excelDays1904: ExcelDays.parse(text, from1904: true).map { zone.timestamp(local: $0) }
        case .patterns(let patterns): Self.first(of: patterns, text, zone)
        }
    }

    /// Each is tried once: a lazy sequence asks the one that holds twice.
    private static func first(
        of patterns: [DatePattern], _ text: UnsafeBufferPointer<UInt8>, _ zone: ZoneOffsets
    ) -> Timestamp? {
        for index in patterns.indices { if let time = patterns[index].parse(text, zone) { return time } }
        return nil
    }

    private static func iso(_ text: UnsafeBufferPointer<UInt8>, _ zone: ZoneOffsets) -> Timestamp? {
        if let time = TimestampText.parse(text) {
            // A day alone, as it stands in UTC.
            return text.count == 10 ? zone.timestamp(local: time) : time
        }
        // The same without an offset is local.
        if let local = TimestampText.parseLocal(text) { return zone.timestamp(local: local) }
        return TimestampText.parseDatabase(text)
    }

    /// How such a time is written, for whoever wrote another.
    package var hint: String {
        switch form {
        case .iso: ", such as 2026-11-20 or 2026-11-20 10:00:00; say how it is written with `date`"
        case .excelDays, .excelDays1904: ", a number of days such as 45292.5"
        case .unixSeconds, .unixMilliseconds, .patterns: ""
        }
    }

    /// Digits, with a fraction or without, within the years 1 to 9999.
    private static func unix(_ text: UnsafeBufferPointer<UInt8>, microseconds unit: Int64) -> Timestamp? {
        let isNegative = text.first == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        var value: Int64 = 0
        var place = unit
        var isPastPoint = false
        var hasDigit = false
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "."), !isPastPoint, hasDigit {
                isPastPoint = true
                hasDigit = false
                continue
            }
            guard (0x30...0x39).contains(byte) else { return nil }
            hasDigit = true
            if isPastPoint {
                // Digits beyond microseconds are rounded.
                if place == 1, byte >= UInt8(ascii: "5") { value += 1 }
                place /= 10
                value += Int64(byte - 0x30) * place
            } else {
                value = value * 10 + Int64(byte - 0x30) * unit
                guard value <= 253_402_300_799_999_999 else { return nil }
            }
        }
        guard hasDigit, !isNegative || value <= 62_135_596_800_000_000 else { return nil }
        return Timestamp(microseconds: isNegative ? -value : value)
    }
}

/// How far the local time of a place is ahead of UTC, and when that changes.
package struct ZoneOffsets: Sendable, Hashable {
    /// A change of the offset.
    package struct Change: Sendable, Hashable {
        /// Seconds since 1970 in UTC.
        package let from: Int64
        package let offsetSeconds: Int64

        package init(from: Int64, offsetSeconds: Int64) {
            self.from = from
            self.offsetSeconds = offsetSeconds
        }
    }

    package static let utc = ZoneOffsets(offsetSeconds: 0)

    private let first: Int64
    /// The local seconds from which each offset counts.
    private let starts: [Int64]
    private let offsets: [Int64]

    /// - Parameters:
    ///   - offsetSeconds: Before the first change.
    ///   - changes: In order.
    package init(offsetSeconds: Int64, changes: [Change] = []) {
        first = offsetSeconds
        offsets = changes.map(\.offsetSeconds)
        var before = offsetSeconds
        starts = changes.map { change in
            defer { before = change.offsetSeconds }
            return change.from + max(before, change.offsetSeconds)
        }
    }

    /// The time at which clocks there show what UTC's show at `local`.
    ///
    /// What clocks show twice counts as the first of both, and what they skip as if they had not been set yet.
    package func timestamp(local: Timestamp) -> Timestamp {
        let seconds = local.microseconds / 1_000_000 - (local.microseconds % 1_000_000 < 0 ? 1 : 0)
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        let offset = low == 0 ? first : offsets[low - 1]
        return Timestamp(microseconds: local.microseconds - offset * 1_000_000)
    }
}
