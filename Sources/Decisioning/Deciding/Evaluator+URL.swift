internal import Conditions
internal import Glibc
internal import Model

extension Evaluator {
    /// Takes host, path and query from the URL when a rule first asks for one of them.
    func valueFromURL(_ slot: Row<Slot>) -> Scalar {
        guard slot.position >= table.pointee.firstURLSlot else { return .missing }
        state.pointee.isURLTaken = true
        takeURL()
        return state.pointee.slots[slot.position]
    }

    /// Source: RFC 3986, appendix B, for where the parts of a URL begin and end.
    private func takeURL() {
        let url = state.pointee.slots[table.pointee.firstBuiltIn + BuiltIn.url.rawValue]
        guard url.kind == .string else { return }
        let withoutFragment = url.text.cut(at: UInt8(ascii: "#")).before
        let (address, query) = withoutFragment.cut(at: UInt8(ascii: "?"))
        takeQuery(query)
        var rest = address
        // Without a scheme or `//` there is no host.
        let (scheme, afterScheme) = rest.cut(at: UInt8(ascii: ":"))
        if afterScheme.count > 0, scheme.firstIndex(of: UInt8(ascii: "/")) == nil { rest = afterScheme }
        if rest.count >= 2, let start = rest.start, start[0] == UInt8(ascii: "/"), start[1] == UInt8(ascii: "/") {
            rest = rest.dropFirst(2)
            let authority = rest.prefix(rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.count)
            takeHost(authority)
            rest = rest.dropFirst(authority.count)
        }
        if rest.count > 0 { put(Scalar(rest), at: .path) }
    }

    /// The host in lower case, without user and port, the dot at its end and letters beyond ASCII: as it is asked for in the net.
    private func takeHost(_ authority: BorrowedText) {
        var host = authority
        while let at = host.firstIndex(of: UInt8(ascii: "@")) { host = host.dropFirst(at + 1) }
        if let start = host.start, host.count > 0, start[0] == UInt8(ascii: "[") {
            host = host.prefix((host.firstIndex(of: UInt8(ascii: "]")) ?? host.count - 1) + 1)
        } else {
            host = host.cut(at: UInt8(ascii: ":")).before
        }
        // The dot of the root: the same host.
        if host.bytes.last == UInt8(ascii: ".") { host = host.prefix(host.count - 1) }
        guard host.count > 0 else { return }
        if host.bytes.contains(where: { $0 >= 0x80 }) {
            // Browsers send none; who does gets what they would send.
            if let ascii = kept(DomainName.ascii(String(host))) { put(Scalar(ascii), at: .host) }
            return
        }
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        guard host.bytes.contains(where: { letters.contains($0) }) else {
            put(Scalar(host), at: .host)
            return
        }
        guard let lower = state.pointee.arena.pointee.reserve(host.count) else { return }
        for (index, byte) in zip(0..., host.bytes) { lower[index] = letters.contains(byte) ? byte | 0x20 : byte }
        put(Scalar(BorrowedText(start: UnsafePointer(lower), count: host.count)), at: .host)
    }

    /// Parameters that no rule names are passed over; of a repeated one the first counts.
    private func takeQuery(_ query: BorrowedText) {
        forEachParameter(query) { name, value in
            // Without a value, or with spaces for one, it says nothing.
            if value.count > 0, let builtIn = utm(name) {
                takeParameter(value, slot: table.pointee.firstBuiltIn + builtIn.rawValue, unlessBlank: true)
            }
            if table.pointee.queryKeyCount > 0, let slot = table.pointee.queryKeys[name] {
                takeParameter(value, slot: Int(slot))
            }
        }
    }

    /// Calls with each parameter of a URL: its name decoded, its value as it stands.
    func forEachParameter(ofURL url: BorrowedText, _ body: (BorrowedText, BorrowedText) -> Void) {
        forEachParameter(url.cut(at: UInt8(ascii: "#")).before.cut(at: UInt8(ascii: "?")).after, body)
    }

    /// Calls with each parameter of a query as it stands, but for the UTM values of a mask.
    func forEachParameter(of query: BorrowedText, without mask: UInt8, _ body: (BorrowedText) -> Void) {
        var rest = query
        while rest.count > 0 {
            let (parameter, following) = rest.cut(at: UInt8(ascii: "&"))
            rest = following
            guard parameter.count > 0 else { continue }
            if let name = decoded(parameter.cut(at: UInt8(ascii: "=")).before), let builtIn = utm(name) {
                let place = builtIn.rawValue - BuiltIn.utmSource.rawValue
                guard mask & (1 << UInt8(place)) == 0 else { continue }
            }
            body(parameter)
        }
    }

    @inline(__always)
    private func forEachParameter(_ query: BorrowedText, _ body: (BorrowedText, BorrowedText) -> Void) {
        var rest = query
        while rest.count > 0 {
            let (parameter, following) = rest.cut(at: UInt8(ascii: "&"))
            rest = following
            let (name, value) = parameter.cut(at: UInt8(ascii: "="))
            if let name = decoded(name) { body(name, value) }
        }
    }

    private func utm(_ name: BorrowedText) -> BuiltIn? {
        guard let start = name.start, name.count > 4, memcmp(start, "utm_", 4) == 0 else { return nil }
        let rest = name.dropFirst(4)
        switch start[4] {
        case UInt8(ascii: "s"): return rest.equals("source") ? .utmSource : nil
        case UInt8(ascii: "m"): return rest.equals("medium") ? .utmMedium : nil
        case UInt8(ascii: "c"):
            return rest.equals("campaign") ? .utmCampaign : rest.equals("content") ? .utmContent : nil
        case UInt8(ascii: "t"): return rest.equals("term") ? .utmTerm : nil
        default: return nil
        }
    }

    private func takeParameter(_ value: BorrowedText, slot: Int, unlessBlank: Bool = false) {
        guard state.pointee.slots[slot].kind == .missing, let text = decoded(value),
            !unlessBlank || !TextEdges.trimmed(text.bytes).isEmpty
        else { return }
        state.pointee.put(Scalar(text), at: slot)
    }

    private func put(_ value: Scalar, at builtIn: BuiltIn) {
        state.pointee.put(value, at: table.pointee.firstBuiltIn + builtIn.rawValue)
    }

    /// Undoes percent-encoding and `+` for a space.
    ///
    /// - Returns: The text in its one form; nil when what comes out is not UTF-8 or holds a control character: it counts as missing.
    func decoded(_ text: BorrowedText) -> BorrowedText? {
        var isPlain = true
        for byte in text.bytes {
            isPlain = isPlain && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "+") && byte >= 0x20
        }
        guard !isPlain else { return text }
        guard let target = state.pointee.arena.pointee.reserve(text.count) else { return nil }
        let bytes = text.bytes
        var count = 0
        var index = 0
        while index < bytes.count {
            var byte = bytes[index]
            if byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            } else if byte == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hexadecimal(bytes[index + 1]),
                let low = hexadecimal(bytes[index + 2])
            {
                byte = high << 4 | low
                index += 2
            }
            guard byte >= 0x20 else { return nil }
            target[count] = byte
            count += 1
            index += 1
        }
        let result = UnsafeBufferPointer(start: UnsafePointer(target), count: count)
        guard isUTF8(result) else { return nil }
        // The edge saw the escapes only.
        return NormalForm.isCertain(result)
            ? BorrowedText(start: UnsafePointer(target), count: count)
            : kept(String(decoding: result, as: UTF8.self).normalForm)
    }

    private func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if bytes.allSatisfy({ $0 < 0x80 }) { return true }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue: continue
            case .emptyInput: return true
            case .error: return false
            }
        }
    }
}

extension DecisionState {
    /// Sets a slot until the next decision.
    mutating func put(_ value: Scalar, at slot: Int) {
        slots[slot] = value
        guard !isTouched[slot] else { return }
        isTouched[slot] = true
        touched[touchedCount] = Row(slot)
        touchedCount += 1
    }
}

extension BorrowedText {
    func firstIndex(of byte: UInt8) -> Int? {
        guard let start, count > 0, let hit = memchr(start, Int32(byte), count) else { return nil }
        return UnsafeRawPointer(hit) - UnsafeRawPointer(start)
    }

    /// The texts before and after the first such byte; without one, the whole and nothing.
    fileprivate func cut(at byte: UInt8) -> (before: BorrowedText, after: BorrowedText) {
        guard let index = firstIndex(of: byte) else { return (self, .empty) }
        return (prefix(index), dropFirst(index + 1))
    }

    /// - Precondition: The text has that many bytes.
    func prefix(_ count: Int) -> BorrowedText { BorrowedText(start: start, count: count) }

    /// - Precondition: The text has that many bytes.
    func dropFirst(_ count: Int) -> BorrowedText {
        guard let start else { return self }
        return BorrowedText(start: start + count, count: self.count - count)
    }

    fileprivate func equals(_ word: StaticString) -> Bool {
        sameBytes(self, BorrowedText(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }
}
