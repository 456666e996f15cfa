/// Days as people write them, for messages: `15.03.2026`, `3/15/2026`, `15. März 2026`, `March 15, 2026`.
package enum DayText {
    private static let months: [String: Int] = [
        "jan": 1, "january": 1, "januar": 1, "feb": 2, "february": 2, "februar": 2, "mar": 3, "march": 3, "märz": 3,
        "mär": 3, "maerz": 3, "apr": 4, "april": 4, "may": 5, "mai": 5, "jun": 6, "june": 6, "juni": 6, "jul": 7,
        "july": 7, "juli": 7, "aug": 8, "august": 8, "sep": 9, "sept": 9, "september": 9, "oct": 10, "october": 10,
        "okt": 10, "oktober": 10, "nov": 11, "november": 11, "dec": 12, "december": 12, "dez": 12, "dezember": 12,
    ]

    /// - Returns: The day as `2026-03-15`; two days, the first read the European way, where both readings exist; none where the
    ///   text is no day of the calendar.
    package static func readings(_ text: String) -> [String] {
        guard text.utf8.count <= 40 else { return [] }
        let parts = text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        guard parts.count == 3 else { return [] }
        if let index = parts.firstIndex(where: { months[$0] != nil }), let month = months[parts[index]] {
            let numbers = parts.enumerated().filter { $0.offset != index }.compactMap { Int($0.element) }
            guard numbers.count == 2, let year = numbers.first(where: { $0 > 999 }),
                let day = numbers.first(where: { $0 <= 31 })
            else { return [] }
            return [iso(year, month, day)].compactMap { $0 }
        }
        let numbers = parts.compactMap { Int($0) }
        let marks = Set(text.filter { !$0.isNumber })
        guard numbers.count == 3, marks.count == 1, let mark = marks.first, "./-".contains(mark) else { return [] }
        if parts[0].count == 4 { return [iso(numbers[0], numbers[1], numbers[2])].compactMap { $0 } }
        guard parts[2].count == 4 else { return [] }
        let european = iso(numbers[2], numbers[1], numbers[0])
        let american = mark == "." ? nil : iso(numbers[2], numbers[0], numbers[1])
        let both = [european, american].compactMap { $0 }
        return both.count == 2 && both[0] == both[1] ? [both[0]] : both
    }

    private static func iso(_ year: Int, _ month: Int, _ day: Int) -> String? {
        guard (1...12).contains(month), (1...31).contains(day), (1...9_999).contains(year) else { return nil }
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        return TimestampText.parse(text) == nil ? nil : text
    }
}
