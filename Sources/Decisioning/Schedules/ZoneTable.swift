internal import Conditions
internal import Model

/// The offsets of all known time zones, as flat tables.
///
/// Trivial; the `ZoneDatabase` that made it lives as long as the process.
struct ZoneTable: BitwiseCopyable {
    struct Zone: BitwiseCopyable {
        /// In the table of changes; the first holds from the beginning of time.
        var changes: Run<Change>
    }

    /// From this second since 1970 on, local time is this far ahead of UTC.
    struct Change: BitwiseCopyable {
        var from: Int64
        var offsetSeconds: Int32
    }

    let names: TextIndex
    let zones: UnsafePointer<Zone>
    let changes: UnsafePointer<Change>

    /// - Returns: How far local time in the zone is ahead of UTC then.
    /// - Complexity: O(log n) in the changes of the zone.
    func offsetSeconds(zone: Row<Zone>, at second: Int64) -> Int64 {
        let run = zones[zone].changes
        var low = Int(run.first)
        var high = low + Int(run.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if changes[middle].from <= second { low = middle } else { high = middle }
        }
        return Int64(changes[low].offsetSeconds)
    }
}

extension ScheduleRow {
    private static let minutesPerDay: Int64 = 1_440

    /// Whether the schedule is open.
    ///
    /// - Parameter localSecond: Seconds since 1970-01-01T00:00:00 on the clock of the schedule's zone.
    func isOpen(localSecond: Int64) -> Bool {
        guard localStarts <= localSecond, localSecond < localEnds else { return false }
        let minuteCount = localSecond.flooredQuotient(60)
        let day = minuteCount.flooredQuotient(Self.minutesPerDay)
        let minute = Int32(minuteCount - day * Self.minutesPerDay)
        // 1970-01-01 was a Thursday, which is day 3 of a week that starts on Monday.
        let weekday = UInt8((day + 3) - (day + 3).flooredQuotient(7) * 7)
        if isDayOpen(weekday), opens <= minute, minute < closes { return true }
        // A span that began yesterday and passes midnight.
        let sinceYesterday = minute + Int32(Self.minutesPerDay)
        return isDayOpen((weekday + 6) % 7) && opens <= sinceYesterday && sinceYesterday < closes
    }

    private func isDayOpen(_ weekday: UInt8) -> Bool { days & (1 << weekday) != 0 }
}

extension Int64 {
    /// The quotient, rounded towards negative infinity.
    func flooredQuotient(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
