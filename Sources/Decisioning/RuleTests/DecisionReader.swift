internal import Model

/// Names parts of a decision by the paths that rule tests use.
struct DecisionReader {
    private let decision: Decision

    /// - Parameter decision: Its views must be valid while the reader is used.
    init(_ decision: Decision) { self.decision = decision }

    /// - Returns: The word at a path; `none` when there is nothing.
    func word(at path: [String]) -> String {
        let word = path.first == "placements" ? placementWord(path.dropFirst()) : topWord(path)
        return word.isEmpty ? "none" : word
    }

    private func topWord(_ path: [String]) -> String {
        switch path {
        case ["icp"]: decision.icp?.pointee.name.string ?? ""
        case ["tier"]: decision.icp?.pointee.tier.string ?? ""
        case ["persona"]: decision.persona?.pointee.name.string ?? ""
        case ["role"]: decision.role.string
        case ["stage"]: decision.stage.string
        case ["grade"]: decision.grade.string
        case ["segments"]: decision.segments.map(\.string).joined(separator: ", ")
        case ["engagement_level"]: decision.engagementLevel.string
        case ["mql"]: decision.isMQL.map(word) ?? ""
        case let path where path.count == 2 && path[0] == "routes":
            decision.routes.first { $0.name.string == path[1] }?.text.string ?? ""
        default: ""
        }
    }

    private func placementWord(_ path: ArraySlice<String>) -> String {
        guard let name = path.first,
            let placement = decision.placements.first(where: { $0.placement.string == name })
        else { return "" }
        switch Array(path.dropFirst()) {
        case ["campaign"]: return placement.campaign.string
        case ["variant"]: return placement.variant.string
        case ["reason"]: return placement.reason.name
        case ["promise"]: return placement.promise.string
        case ["page"]: return placement.page.string
        case ["because"]: return placement.because.string
        case let rest where rest.count == 2 && rest[0] == "fields":
            return placement.fields.first { $0.name.string == rest[1] }?.text.string ?? ""
        default: return ""
        }
    }

    private func word(_ truth: Truth) -> String {
        switch truth {
        case .no: "false"
        case .yes: "true"
        case .unknown: "unknown"
        }
    }
}

extension BorrowedText {
    /// An owned copy.
    var string: String { String(decoding: bytes, as: UTF8.self) }
}
