/// The network extension.
///
/// Source: google/cel-go, ext/network.go.
enum NetworkFunctions {
    static let functions: [String: FunctionLibrary.Body] = [
        "ip": text { text throws(Fault) in .address(try IPAddress(parsing: text)) },
        "cidr": text { text throws(Fault) in .network(try IPNetwork(parsing: text)) },
        "isIP": text { text throws(Fault) in .bool((try? IPAddress(parsing: text)) != nil) },
        "isCIDR": text { text throws(Fault) in .bool((try? IPNetwork(parsing: text)) != nil) },
        "ip.isCanonical": text { text throws(Fault) in .bool(try IPAddress(parsing: text).text == text) },
    ]

    static let methods: [String: FunctionLibrary.Body] = [
        "family": address { .int($0.isVersion4 ? 4 : 6) },
        "isUnspecified": address { .bool($0.isUnspecified) },
        "isLoopback": address { .bool($0.isLoopback) },
        "isGlobalUnicast": address { .bool($0.isGlobalUnicast) },
        "isLinkLocalMulticast": address { .bool($0.isLinkLocalMulticast) },
        "isLinkLocalUnicast": address { .bool($0.isLinkLocalUnicast) },
        "ip": network { .address($0.address) },
        "masked": network { .network($0.masked) },
        "prefixLength": network { .int(Int64($0.prefix)) },
        "containsIP": { arguments, _ throws(Fault) in
            guard arguments.count == 2, case .network(let network) = arguments[0] else { return nil }
            switch arguments[1] {
            case .address(let address): return .bool(network.contains(address))
            case .string(let text): return .bool(network.contains(try IPAddress(parsing: text)))
            default: return nil
            }
        },
        "containsCIDR": { arguments, _ throws(Fault) in
            guard arguments.count == 2, case .network(let network) = arguments[0] else { return nil }
            switch arguments[1] {
            case .network(let other): return .bool(network.contains(other))
            case .string(let text): return .bool(network.contains(try IPNetwork(parsing: text)))
            default: return nil
            }
        },
    ]

    private static func text(
        _ body: @escaping @Sendable (String) throws(Fault) -> Value
    ) -> FunctionLibrary.Body {
        { arguments, _ throws(Fault) in
            guard arguments.count == 1, case .string(let text) = arguments[0] else { return nil }
            return try body(text)
        }
    }

    private static func address(_ body: @escaping @Sendable (IPAddress) -> Value) -> FunctionLibrary.Body {
        { arguments, _ throws(Fault) in
            guard arguments.count == 1, case .address(let address) = arguments[0] else { return nil }
            return body(address)
        }
    }

    private static func network(_ body: @escaping @Sendable (IPNetwork) -> Value) -> FunctionLibrary.Body {
        { arguments, _ throws(Fault) in
            guard arguments.count == 1, case .network(let network) = arguments[0] else { return nil }
            return body(network)
        }
    }
}
