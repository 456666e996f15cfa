/// The extensions for strings, numbers, addresses and encodings.
///
/// Source: google/cel-go, ext/README.md and ext/network.go.
extension StandardLibrary {
    private static let ip = CELType.opaque("net.IP")
    private static let cidr = CELType.opaque("net.CIDR")

    static let extensionFunctions: [String: Rule] = [
        "strings.quote": signature([.string], .string),
        "base64.encode": signature([.bytes], .string),
        "base64.decode": signature([.string], .bytes),
        "math.greatest": extreme, "math.least": extreme,
        "math.ceil": signature([.double], .double), "math.floor": signature([.double], .double),
        "math.round": signature([.double], .double), "math.trunc": signature([.double], .double),
        "math.isNaN": signature([.double], .bool), "math.isInf": signature([.double], .bool),
        "math.isFinite": signature([.double], .bool),
        "math.abs": { $0.count == 1 && ($0[0].isNumber || $0[0].isOpen) ? $0[0] : nil },
        "math.sign": { $0.count == 1 && ($0[0].isNumber || $0[0].isOpen) ? $0[0] : nil },
        "math.sqrt": { $0.count == 1 && ($0[0].isNumber || $0[0].isOpen) ? .double : nil },
        "math.bitAnd": bits, "math.bitOr": bits, "math.bitXor": bits,
        "math.bitNot": { $0.count == 1 && isInteger($0[0]) ? $0[0] : nil },
        "math.bitShiftLeft": shift, "math.bitShiftRight": shift,
        "ip": signature([.string], ip), "cidr": signature([.string], cidr),
        "isIP": signature([.string], .bool), "isCIDR": signature([.string], .bool),
        "ip.isCanonical": signature([.string], .bool),
    ]

    static let extensionMethods: [String: Rule] = [
        "charAt": signature([.string, .int], .string),
        "indexOf": signature([.string, .string, .int], optional: 1, .int),
        "lastIndexOf": signature([.string, .string, .int], optional: 1, .int),
        "lowerAscii": signature([.string], .string), "upperAscii": signature([.string], .string),
        "trim": signature([.string], .string), "reverse": signature([.string], .string),
        "replace": signature([.string, .string, .string, .int], optional: 1, .string),
        "split": signature([.string, .string, .int], optional: 1, .list(.string)),
        "substring": signature([.string, .int, .int], optional: 1, .string),
        "join": signature([.list(.string), .string], optional: 1, .string),
        "format": signature([.string, .list(.dyn)], .string),
        "family": signature([ip], .int),
        "isUnspecified": signature([ip], .bool), "isLoopback": signature([ip], .bool),
        "isGlobalUnicast": signature([ip], .bool), "isLinkLocalMulticast": signature([ip], .bool),
        "isLinkLocalUnicast": signature([ip], .bool),
        "containsIP": contains(ip), "containsCIDR": contains(cidr),
        "ip": signature([cidr], ip), "masked": signature([cidr], cidr), "prefixLength": signature([cidr], .int),
    ]

    private static func contains(_ part: CELType) -> Rule {
        { types in
            types.count == 2 && types[0].matches(cidr) && (types[1].matches(part) || types[1].matches(.string))
                ? .bool : nil
        }
    }

    private static func isInteger(_ type: CELType) -> Bool { type == .int || type == .uint || type.isOpen }

    private static let bits: Rule = { types in
        guard types.count == 2, isInteger(types[0]), isInteger(types[1]) else { return nil }
        return types[0].joined(with: types[1])
    }

    private static let shift: Rule = { types in
        guard types.count == 2, isInteger(types[0]), types[1].matches(.int) else { return nil }
        return types[0]
    }

    /// Numbers of any types, or one list of them.
    private static let extreme: Rule = { types in
        var numbers = types
        if types.count == 1, case .list(let element) = types[0] { numbers = [element] }
        guard let first = numbers.first, numbers.allSatisfy({ $0.isNumber || $0.isOpen }) else { return nil }
        return numbers.allSatisfy { $0 == first } ? first : .dyn
    }
}
