internal import Model

/// A part of a timestamp or a duration, by the name of the function that gives it.
enum CalendarPart: String {
    case year = "getFullYear"
    case month = "getMonth"
    case dayOfYear = "getDayOfYear"
    case dayOfMonth = "getDayOfMonth"
    case date = "getDate"
    case dayOfWeek = "getDayOfWeek"
    case hours = "getHours"
    case minutes = "getMinutes"
    case seconds = "getSeconds"
    case milliseconds = "getMilliseconds"

    /// - Parameter zone: As `TimeZoneOffset` takes it.
    func value(of moment: Moment, zone: String) throws(Fault) -> Int64 {
        guard let offset = TimeZoneOffset.seconds(of: zone, at: moment.seconds) else {
            throw Fault("`\(zone.shortened)` is no time zone; one is written `Europe/Paris` or `+02:00`")
        }
        let seconds = moment.seconds + offset
        let day = seconds.flooredQuotient(86_400)
        let second = seconds - day * 86_400
        let date = CivilDate(dayNumber: day)
        return switch self {
        case .year: date.year
        case .month: date.month - 1
        case .dayOfYear: day - CivilDate(year: date.year, month: 1, day: 1).dayNumber
        case .dayOfMonth: date.day - 1
        case .date: date.day
        // 1970-01-01 was a Thursday, which is day 4 of a week that starts on Sunday.
        case .dayOfWeek: (day + 4) - (day + 4).flooredQuotient(7) * 7
        case .hours: second / 3_600
        case .minutes: second / 60 % 60
        case .seconds: second % 60
        case .milliseconds: moment.nanoseconds / 1_000_000
        }
    }

    /// Hours, minutes and seconds in all; milliseconds beyond the seconds.
    ///
    /// - Returns: nil for what a duration does not have.
    func value(of duration: Moment) -> Int64? {
        let isNegative = duration < .zero
        let length = isNegative ? Moment.zero - duration : duration
        let value: Int64
        switch self {
        case .hours: value = length.seconds / 3_600
        case .minutes: value = length.seconds / 60
        case .seconds: value = length.seconds
        case .milliseconds: value = length.nanoseconds / 1_000_000
        default: return nil
        }
        return isNegative ? -value : value
    }
}
