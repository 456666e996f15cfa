internal import CBespokeProto
package import Model

/// What a request forces: `bespoke.v1.Preview`, borrowed like the request.
package struct PreviewView {
    /// Two names that belong together.
    package typealias Pair = (name: BorrowedText, value: BorrowedText)

    private let message: UnsafeMutablePointer<Bespoke__V1__Preview>

    init(_ message: UnsafeMutablePointer<Bespoke__V1__Preview>) {
        self.message = message
    }

    /// The secret that authorises it; empty when none was sent.
    package var token: BorrowedText { message.pointee.token.text }

    package var armCount: Int { message.pointee.n_arms }

    /// An experiment and its arm.
    ///
    /// - Parameter index: Below `armCount`.
    package func arm(at index: Int) -> Pair {
        guard let entry = message.pointee.arms[index] else { return (.empty, .empty) }
        return (entry.pointee.key.text, entry.pointee.value.text)
    }

    package var variantCount: Int { message.pointee.n_variants }

    /// A placement and what it shows, as `CAMPAIGN/VARIANT`.
    ///
    /// - Parameter index: Below `variantCount`.
    package func variant(at index: Int) -> Pair {
        guard let entry = message.pointee.variants[index] else { return (.empty, .empty) }
        return (entry.pointee.key.text, entry.pointee.value.text)
    }

    package var segmentCount: Int { message.pointee.n_segments }

    /// - Parameter index: Below `segmentCount`.
    package func segment(at index: Int) -> BorrowedText { message.pointee.segments[index].text }

    /// - Throws: `.invalid` naming the text that is not text.
    func check() throws(WireError) {
        _ = try message.pointee.token.validatedText("preview.token")
        for index in 0..<armCount {
            let entry = message.pointee.arms[index]
            _ = try entry?.pointee.key.validatedText("preview.arms: a name")
            _ = try entry?.pointee.value.validatedText("preview.arms: an arm")
        }
        for index in 0..<variantCount {
            let entry = message.pointee.variants[index]
            _ = try entry?.pointee.key.validatedText("preview.variants: a name")
            _ = try entry?.pointee.value.validatedText("preview.variants: a variant")
        }
        for index in 0..<segmentCount {
            _ = try message.pointee.segments[index].validatedText("preview.segments[\(index)]")
        }
    }
}
