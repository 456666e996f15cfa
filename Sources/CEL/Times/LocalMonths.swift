internal import Foundation
package import Model

/// Names of months in the languages of the system's library.
package enum LocalMonths {
    /// What people write besides, and the library does not have.
    private static let others: [String: [String: Int64]] = ["de": ["mrz": 3, "jän": 1, "jänner": 1, "feber": 2]]

    private static let shortestPrefix = 3

    /// - Parameter language: Such as `de` or `pt-BR`.
    /// - Returns: Full names, abbreviations, and beginnings of three letters or more that only one month has; nil when there is no
    ///   such language.
    package static func names(_ language: String) -> MonthNames? {
        guard language.utf8.count <= 16, language.utf8.allSatisfy({ $0.isLetter || $0 == UInt8(ascii: "-") }),
            let code = language.split(separator: "-").first.map(String.init),
            Locale.LanguageCode(code).isISOLanguage
        else { return nil }
        let formatter = DateFormatter()
        formatter.calendar = Calendar(identifier: .gregorian)
        formatter.locale = Locale(identifier: language)
        let wide = [formatter.monthSymbols, formatter.standaloneMonthSymbols]
        let short = [formatter.shortMonthSymbols, formatter.shortStandaloneMonthSymbols]
        var months: [String: Set<Int64>] = [:]
        for names in wide {
            for (index, name) in names.enumerated() {
                let lowered = name.lowercased()
                for count in min(shortestPrefix, lowered.count)...max(shortestPrefix, lowered.count) {
                    months[String(lowered.prefix(count)), default: []].insert(Int64(index) + 1)
                }
            }
        }
        var result: [String: Int64] = [:]
        for (name, found) in months where found.count == 1 { result[name] = found.first }
        for names in short + wide {
            for (index, name) in names.enumerated() { result[name.lowercased()] = Int64(index) + 1 }
        }
        for (name, month) in others[code] ?? [:] { result[name] = month }
        return MonthNames(result)
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (97...122).contains(self | 0x20) }
}
