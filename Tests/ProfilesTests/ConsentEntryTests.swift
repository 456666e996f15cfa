import Model
import Profiles
import Testing

@Suite("ConsentEntry")
struct ConsentEntryTests {
    private func entry(_ seconds: Int64, _ isGranted: Bool = true, version: String = "2026-11") -> ConsentEntry {
        ConsentEntry(
            choice: .init(
                purpose: 7, source: 9, isGranted: isGranted, time: Timestamp(microseconds: seconds * 1_000_000)),
            textVersion: version)
    }

    @Test("W58: a choice comes back whole, and later ones come later")
    func roundTrip() {
        for entry in [entry(-5), entry(0, false), entry(1_800_000_000, version: "")] {
            #expect(entry.encoded().withUnsafeBytes { ConsentEntry(place: entry.place, value: $0) } == entry)
        }
        let places = [-5, -1, 0, 1, 1_800_000_000].map { entry($0).place }
        #expect(zip(places, places.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
        #expect(
            entry(1).repeats(entry(2)) && !entry(1).repeats(entry(2, false))
                && !entry(1).repeats(entry(2, version: "x")))
        let bytes = entry(1).encoded()
        #expect(bytes.withUnsafeBytes { ConsentEntry(place: Array("short".utf8), value: $0) } == nil)
        #expect(
            [UInt8](repeating: 9, count: 8).withUnsafeBytes { ConsentEntry(place: entry(1).place, value: $0) } == nil)
    }
}
