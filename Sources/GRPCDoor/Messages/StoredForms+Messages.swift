internal import Access
package import Engine
internal import Messages
internal import Model
internal import Wire

extension StoredForms {
    /// As messages of the wire: whoever changes these changes what older daemons stored.
    package static var messages: StoredForms {
        StoredForms(
            events: StoredForm {
                try $0.encoded()
            } decode: {
                try EventRecord(decoding: $0)
            },
            rules: StoredForm {
                try $0.stored()
            } decode: {
                try PushedRules(stored: $0)
            },
            tokens: StoredForm {
                try TokenMessage($0).encoded()
            } decode: { bytes in
                guard let facts = TokenFacts(try TokenMessage(decoding: bytes)) else {
                    throw EngineError("has no role, or a time that is none")
                }
                return facts
            })
    }
}
