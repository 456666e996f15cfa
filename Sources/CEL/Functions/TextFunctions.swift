/// Methods of strings and of lists of strings; positions count code points.
///
/// Source: google/cel-go, ext/README.md, "Strings".
enum TextFunctions {
    static let methods: [String: FunctionLibrary.Body] = [
        "startsWith": pair { text, other, _ throws(Fault) in .bool(text.utf8.starts(with: other.utf8)) },
        "endsWith": pair { text, other, _ throws(Fault) in
            .bool(text.utf8.reversed().starts(with: other.utf8.reversed()))
        },
        "contains": pair { text, other, _ throws(Fault) in
            .bool(TextSearch(Array(other.utf8)).first(in: Array(text.utf8)) != nil)
        },
        "charAt": { arguments, meter throws(Fault) in
            guard arguments.count == 2, let bytes = try text(arguments[0], &meter), case .int(let index) = arguments[1]
            else { return nil }
            let start = try byte(index, in: bytes)
            guard start < bytes.count else { return .string("") }
            return .string(
                part(bytes, start, start + 1 + bytes[(start + 1)...].prefix(while: TextSearch.isContinuation).count))
        },
        "indexOf": { arguments, meter throws(Fault) in
            guard 2...3 ~= arguments.count, let bytes = try text(arguments[0], &meter),
                let needle = try text(arguments[1], &meter)
            else { return nil }
            var start = 0
            if arguments.count == 3 {
                guard case .int(let position) = arguments[2] else { return nil }
                start = try byte(position, in: bytes)
            }
            return position(TextSearch(needle).first(in: bytes, from: start), in: bytes)
        },
        "lastIndexOf": { arguments, meter throws(Fault) in
            guard 2...3 ~= arguments.count, let bytes = try text(arguments[0], &meter),
                let needle = try text(arguments[1], &meter)
            else { return nil }
            var start = bytes.count
            if arguments.count == 3 {
                guard case .int(let position) = arguments[2] else { return nil }
                start = try byte(position, in: bytes)
            }
            return position(TextSearch(needle).last(in: bytes, from: start), in: bytes)
        },
        "lowerAscii": mapping { 0x41...0x5a ~= $0 ? $0 + 32 : $0 },
        "upperAscii": mapping { 0x61...0x7a ~= $0 ? $0 - 32 : $0 },
        "trim": { arguments, meter throws(Fault) in
            guard arguments.count == 1, case .string(let text) = arguments[0] else { return nil }
            try meter.charge(newBytes: text.utf8.count)
            var view = text.unicodeScalars[...]
            while let first = view.first, first.properties.isWhitespace { view.removeFirst() }
            while let last = view.last, last.properties.isWhitespace { view.removeLast() }
            return .string(String(view))
        },
        "reverse": { arguments, meter throws(Fault) in
            guard arguments.count == 1, case .string(let text) = arguments[0] else { return nil }
            try meter.charge(newBytes: text.utf8.count)
            var scalars = String.UnicodeScalarView()
            scalars.append(contentsOf: text.unicodeScalars.reversed())
            return .string(String(scalars))
        },
        "replace": { arguments, meter throws(Fault) in try replace(arguments, &meter) },
        "split": { arguments, meter throws(Fault) in try split(arguments, &meter) },
        "substring": { arguments, meter throws(Fault) in try substring(arguments, &meter) },
        "join": { arguments, meter throws(Fault) in try join(arguments, &meter) },
        "format": { arguments, meter throws(Fault) in
            guard arguments.count == 2, case .string(let form) = arguments[0], case .list(let values) = arguments[1]
            else {
                return nil
            }
            return .string(try TextFormat.fill(form, with: values, &meter))
        },
    ]

    // MARK: Shapes of arguments

    private static func pair(
        _ body: @escaping @Sendable (String, String, inout Meter) throws(Fault) -> Value
    ) -> FunctionLibrary.Body {
        { arguments, meter throws(Fault) in
            guard arguments.count == 2, case .string(let text) = arguments[0], case .string(let other) = arguments[1]
            else {
                return nil
            }
            try meter.charge(bytes: text.utf8.count + other.utf8.count)
            return try body(text, other, &meter)
        }
    }

    private static func mapping(_ body: @escaping @Sendable (UInt8) -> UInt8) -> FunctionLibrary.Body {
        { arguments, meter throws(Fault) in
            guard arguments.count == 1, let bytes = try text(arguments[0], &meter) else { return nil }
            return .string(String(decoding: bytes.map(body), as: UTF8.self))
        }
    }

    private static func text(_ value: Value, _ meter: inout Meter) throws(Fault) -> [UInt8]? {
        guard case .string(let text) = value else { return nil }
        try meter.charge(newBytes: text.utf8.count)
        return Array(text.utf8)
    }

    private static func byte(_ position: Int64, in text: [UInt8]) throws(Fault) -> Int {
        guard let index = TextSearch.byte(ofPosition: position, in: text) else {
            throw Fault("the position \(position) lies outside of the text")
        }
        return index
    }

    private static func position(_ index: Int?, in text: [UInt8]) -> Value {
        .int(index.map { Int64(TextSearch.position(ofByte: $0, in: text)) } ?? -1)
    }

    private static func part(_ bytes: [UInt8], _ start: Int, _ end: Int) -> String {
        String(decoding: bytes[start..<end], as: UTF8.self)
    }

    // MARK: Longer ones

    /// A limit below zero means all; without one, all too.
    private static func limit(_ arguments: [Value], at index: Int) -> Int? {
        guard arguments.count > index else { return .max }
        guard case .int(let limit) = arguments[index] else { return nil }
        return limit < 0 ? .max : Int(limit)
    }

    private static func replace(_ arguments: [Value], _ meter: inout Meter) throws(Fault) -> Value? {
        guard 3...4 ~= arguments.count, let bytes = try text(arguments[0], &meter),
            let needle = try text(arguments[1], &meter), let other = try text(arguments[2], &meter),
            let limit = limit(arguments, at: 3)
        else { return nil }
        let places = TextSearch(needle).all(in: bytes, limit: limit)
        try meter.charge(places.count)
        let grown = places.count.multipliedReportingOverflow(by: other.count)
        try meter.charge(
            newBytes: grown.overflow ? .max : grown.partialValue.addingReportingOverflow(bytes.count).partialValue)
        var result: [UInt8] = []
        var start = 0
        for place in places {
            result += bytes[start..<place]
            result += other
            start = place + needle.count
        }
        result += bytes[start...]
        return .string(String(decoding: result, as: UTF8.self))
    }

    private static func split(_ arguments: [Value], _ meter: inout Meter) throws(Fault) -> Value? {
        guard 2...3 ~= arguments.count, let bytes = try text(arguments[0], &meter),
            let separator = try text(arguments[1], &meter), let limit = limit(arguments, at: 2)
        else { return nil }
        guard limit > 0 else { return .list([]) }
        // Between code points there is an empty separator, but not before the first and behind the last.
        var places = TextSearch(separator).all(in: bytes, limit: limit == .max || separator.isEmpty ? .max : limit - 1)
        if separator.isEmpty {
            guard !bytes.isEmpty else { return .list([]) }
            places = Array(places.dropFirst().dropLast().prefix(limit - 1))
        }
        var parts: [Value] = []
        var start = 0
        for place in places {
            parts.append(.string(part(bytes, start, place)))
            start = place + separator.count
        }
        parts.append(.string(part(bytes, start, bytes.count)))
        try meter.charge(members: parts)
        return .list(parts)
    }

    private static func substring(_ arguments: [Value], _ meter: inout Meter) throws(Fault) -> Value? {
        guard 2...3 ~= arguments.count, let bytes = try text(arguments[0], &meter), case .int(let first) = arguments[1]
        else { return nil }
        let start = try byte(first, in: bytes)
        guard arguments.count == 3 else { return .string(part(bytes, start, bytes.count)) }
        guard case .int(let last) = arguments[2] else { return nil }
        let end = try byte(last, in: bytes)
        guard start <= end else { throw Fault("the part ends at \(last), before it begins at \(first)") }
        return .string(part(bytes, start, end))
    }

    private static func join(_ arguments: [Value], _ meter: inout Meter) throws(Fault) -> Value? {
        guard 1...2 ~= arguments.count, case .list(let members) = arguments[0] else { return nil }
        var separator = ""
        if arguments.count == 2 {
            guard case .string(let text) = arguments[1] else { return nil }
            separator = text
        }
        var result = ""
        for (index, member) in members.enumerated() {
            guard case .string(let text) = member else { return nil }
            try meter.charge(1)
            try meter.charge(bytes: separator.utf8.count + text.utf8.count)
            if index > 0 { result += separator }
            result += text
            try meter.check(bytes: result.utf8.count)
        }
        return .string(result)
    }
}
