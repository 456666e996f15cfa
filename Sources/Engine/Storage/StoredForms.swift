package import Access
package import Model

/// How values of one kind stand on disk.
package struct StoredForm<Value>: Sendable {
    /// - Throws: For what has no such form, such as a time beyond the year 9999.
    package let encode: @Sendable (Value) throws -> [UInt8]
    /// - Throws: For whatever `encode` did not write, with why as its description.
    package let decode: @Sendable (UnsafeRawBufferPointer) throws -> Value

    package init(
        encode: @escaping @Sendable (Value) throws -> [UInt8],
        decode: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Value
    ) {
        (self.encode, self.decode) = (encode, decode)
    }
}

/// The forms that are the door's as well: what was pushed, told and made stands on disk as messages. The engine knows no messages, so
/// whoever builds it hands them in.
package struct StoredForms: Sendable {
    /// What a sink is told.
    package let events: StoredForm<EventRecord>
    /// A push in the history.
    package let rules: StoredForm<PushedRules>
    /// What is known of a token.
    package let tokens: StoredForm<TokenFacts>

    package init(
        events: StoredForm<EventRecord>, rules: StoredForm<PushedRules>, tokens: StoredForm<TokenFacts>
    ) {
        (self.events, self.rules, self.tokens) = (events, rules, tokens)
    }
}
