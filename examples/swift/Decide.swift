// Asks a Bespoke daemon what a visitor should see, and prints the headline of each placement.
//
//     swift run ExampleSwift 127.0.0.1:7878 v0001

internal import BespokeClient

#if canImport(Glibc)
    internal import Glibc
#endif

@main
struct Decide {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        let address = arguments.first ?? "127.0.0.1:7878"
        let visitor = arguments.dropFirst().first ?? "v0001"
        do {
            try await show(visitor, address: address)
        } catch {
            // The message says what is wrong and how to mend it.
            let line = Array("ExampleSwift: \(error.message)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            exit(1)
        }
    }

    private static func show(_ visitor: String, address: String) async throws(BespokeError) {
        // One client serves the whole program: it keeps its connection and may be used from any task.
        let client = try BespokeClient(address: address)
        let decision = try await client.decide(
            .init(
                visitorID: visitor,
                page: .init(url: "https://www.kaffa.example/?utm_source=newsletter"),
                consent: .init(granted: ["personalisation"])))

        print("\(visitor): \(decision.icp?.title ?? "no ideal customer profile matches")")
        for placement in decision.placements {
            let source = placement.campaign ?? "default"
            print(
                "  \(placement.placement) (\(source)): \(placement.fields["headline"] ?? placement.fields["text"] ?? "nothing")"
            )
        }
        await client.close()
    }
}
