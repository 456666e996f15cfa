internal import Conditions
internal import Model

/// The texts of a decision's inputs, copied, and the inputs made to point to the copies.
final class KeptTexts {
    private let storage = TableStorage()

    init(_ table: UnsafePointer<TableView>, _ state: UnsafeMutablePointer<DecisionState>) {
        for position in 0..<state.pointee.touchedCount {
            let slot = state.pointee.touched[position].position
            let value = state.pointee.slots[slot]
            switch value.kind {
            case .string: state.pointee.slots[slot] = Scalar(copy(value.text))
            case .strings: state.pointee.slots[slot] = Scalar(storage.buffer(value.texts.map(copy)))
            default: break
            }
        }
        state.pointee.visitorID = copy(state.pointee.visitorID)
        state.pointee.accountID = copy(state.pointee.accountID)
    }

    private func copy(_ text: BorrowedText) -> BorrowedText {
        let bytes = storage.buffer(Array(text.bytes))
        return BorrowedText(start: bytes.baseAddress, count: bytes.count)
    }
}
