internal import Decisioning
internal import Model

/// Who may preview.
package enum PreviewAccess: Sendable {
    /// Whoever can open the socket.
    case open
    /// Whoever knows the secret.
    case token([UInt8])
    /// Nobody.
    case closed

    /// - Throws: `.previewRefused`, `.wrongPreviewToken`.
    func check(_ token: BorrowedText) throws(DecideError) {
        switch self {
        case .open:
            return
        case .closed:
            throw .previewRefused("the data port takes no previews; use the admin socket, or set `preview_token`")
        case .token(let secret):
            // Every byte is compared, so that the time taken does not tell how many were right.
            var difference = secret.count ^ token.count
            for index in secret.indices {
                difference |= Int(secret[index] ^ (index < token.count ? token.bytes[index] : 0))
            }
            guard token.count > 0 else { throw .previewRefused("preview.token: is missing") }
            guard difference == 0 else { throw .wrongPreviewToken }
        }
    }
}

/// Services are shown with all their parts in the log of `log_level: debug`.
extension PreviewAccess: CustomReflectable {
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension PreviewAccess: CustomStringConvertible {
    package var description: String {
        switch self {
        case .open: "open"
        case .token: Secret.mask
        case .closed: "closed"
        }
    }
}

extension Decider {
    /// - Throws: `.previewRefused`, `.wrongPreviewToken`, or naming what the rule set does not have.
    func applyPreview(of question: Question, _ previews: PreviewAccess) throws(DecideError) {
        guard let preview = question.preview else { return }
        try previews.check(preview.token)
        guard !question.recordsExposure else { throw .previewRecords }
        workspace.beginPreview()
        let table = snapshot.table
        for name in preview.segments {
            let name = String(name)
            guard let segment = table.segmentNames.firstIndex(of: name) else {
                throw .unknownInPreview("preview.segments", "segment", name, among: table.segmentNames)
            }
            workspace.force(SegmentIndex(rawValue: UInt32(segment)))
        }
        for pair in preview.arms {
            let (experiment, arm) = (String(pair.name), String(pair.text))
            guard let position = table.experimentNames.firstIndex(of: experiment) else {
                throw .unknownInPreview("preview.arms", "experiment", experiment, among: table.experimentNames)
            }
            guard let row = table.armNames[position].firstIndex(of: arm) else {
                throw .unknownInPreview(
                    "preview.arms[\"\(experiment)\"]", "arm", arm, among: table.armNames[position])
            }
            workspace.force(table.arms[position][row])
        }
        try forceVariants(of: preview)
    }

    private func forceVariants(of preview: PreviewWishes) throws(DecideError) {
        let table = snapshot.table
        for pair in preview.variants {
            let (placement, variant) = (String(pair.name), String(pair.text))
            guard table.placementNames.contains(placement) else {
                throw .unknownInPreview("preview.variants", "placement", placement, among: table.placementNames)
            }
            let name = CreativeName(variant, in: placement)
            guard let name, let creative = table.creativeNames.firstIndex(of: name) else {
                let known = table.creativeNames.filter { $0.placement == placement }.map(\.textInPlacement)
                throw .unknownInPreview(
                    "preview.variants[\"\(placement)\"]", "variant (CAMPAIGN/VARIANT)", variant, among: known)
            }
            workspace.force(CreativeIndex(rawValue: UInt32(creative)))
        }
    }
}
