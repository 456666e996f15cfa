import Engine
import Model
import Testing

@Suite struct LoopEngineTests {
    static let rules = """
        attributes:
          visitor: {vip: {type: bool}, plan: {type: string, values: [free, paid]}}
        placements:
          hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
          strip: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
        campaigns:
          office: {when: visitor.vip, pages: {hero: {fast: {fields: {text: Fast}}, slow: {fields: {text: Slow}}}}}
          swiss: {when: request.country == "CH", pages: {strip: {a: {fields: {text: Gruezi}}}}}
        experiments:
          button: {unit: visitor, arms: {red: {weight: 1}, blue: {weight: 1}}}
        policies: {consent: {ads: {covers: [], default: denied}}}
        """

    private func isVIP(_ value: Bool) -> (name: [UInt8], value: Scalar) {
        (Array("vip".utf8), Scalar(value))
    }

    @Test func `A question is decided without any door`() throws {
        let engine = try TestEngine(Self.rules)
        let vip = try engine.decide(Asked(visitorID: "ann", visitor: [isVIP(true)], placements: ["hero"]))
        #expect(vip.placements == ["hero: office/fast "] && vip.reasons == [.campaign])
        let other = try engine.decide(Asked(visitorID: "ann", visitor: [isVIP(false)]))
        #expect(other.placements == ["hero: / ", "strip: / "] && other.reasons == [.default, .default])
        #expect(engine.state.reasonCounts[Int(DecisionReason.default.rawValue)] == 2)
    }

    @Test func `The id comes from what was asked, when and of which rules`() throws {
        let engine = try TestEngine(Self.rules)
        let asked = Asked(visitorID: "ann")
        let first = try engine.decide(asked)
        #expect(first.identifier.utf8.count == 32)
        #expect(try engine.decide(asked) == first)
        #expect(try engine.decide(asked, now: Timestamp(microseconds: 1)).identifier != first.identifier)
        #expect(try engine.decide(Asked(bytes: [1, 2], visitorID: "ann")).identifier != first.identifier)
        // The time that is named, not the clock's.
        var timed = asked
        timed.now = TestEngine.now
        #expect(try engine.decide(timed, now: Timestamp(microseconds: 1)) == first)
        // XXH3 of the bytes, seeded with the revision's hash and the time: ids stay the same from release to release.
        let hash = [UInt8]([1, 2, 3]).withUnsafeBytes { Hash.of($0, seed: 7 ^ 1_700_000_000_000_000) }
        #expect(first.identifier == hash.text)
    }

    @Test func `What the rules do not know is named`() throws {
        let engine = try TestEngine(Self.rules)
        func refusal(_ asked: Asked) throws -> DecideError? {
            do {
                _ = try engine.decide(asked)
                return nil
            } catch let error as DecideError {
                return error
            }
        }
        guard case .unknownPlacement("hera", _) = try refusal(Asked(placements: ["hera"])) else {
            return #expect(Bool(false), "a placement")
        }
        guard case .unknownPurpose("mail", _) = try refusal(Asked(denied: ["mail"])) else {
            return #expect(Bool(false), "a purpose")
        }
        let named = { (name: [UInt8], value: Scalar) in Asked(visitor: [(name, value)]) }
        guard case .unknownAttribute(.visitor, "vop", _) = try refusal(named(Array("vop".utf8), Scalar(true)))
        else { return #expect(Bool(false), "an attribute") }
        guard case .attributeNameNotText(.visitor, .notUTF8) = try refusal(named([0xff], Scalar(true))) else {
            return #expect(Bool(false), "a name that is none")
        }
        guard case .attributeNameNotText(.visitor, .containsNUL) = try refusal(named([0], Scalar(true))) else {
            return #expect(Bool(false), "a name that ends early")
        }
        guard case .wrongType(_, .int, _) = try refusal(named(Array("vip".utf8), Scalar(Int64(1)))) else {
            return #expect(Bool(false), "a type")
        }
        let memory = Memory()
        let text = Scalar(memory.text("gold"))
        guard case .valueNotAllowed(_, "gold", _) = try refusal(named(Array("plan".utf8), text)) else {
            return #expect(Bool(false), "a value")
        }
    }

    @Test func `Texts of the page come in any form, and long ones too`() throws {
        let engine = try TestEngine(Self.rules)
        let long = String(repeating: "X", count: Question.pageTextBytesMax)
        var asked = Asked(page: (ip: "2001:DB8::1", country: "ch", device: long), placements: ["strip"])
        // More often than there would be room if it were not used anew.
        for _ in 0..<5 { #expect(try engine.decide(asked).placements == ["strip: swiss/a "]) }
        asked.page?.country = "Switzerland"
        #expect(throws: DecideError.self) { try engine.decide(asked) }
    }

    @Test func `Nothing is decided before there are rules`() throws {
        let engine = try TestEngine(Self.rules)
        engine.state.snapshot = nil
        #expect(throws: DecideError.self) { try engine.decide(Asked()) }
    }

    @Test func `A preview needs its secret, and is never an exposure`() throws {
        var asked = Asked(visitorID: "ann", placements: ["hero"])
        asked.preview = ("secret", ["button": "blue"], ["hero": "office/slow"])
        let open = try TestEngine(Self.rules).decide(asked)
        #expect(open.placements == ["hero: office/slow "] && open.reasons == [.forced])
        #expect(open.identifier.hasPrefix("preview-") && open.identifier.utf8.count == 40)
        #expect(try TestEngine(Self.rules, previews: .token(Array("secret".utf8))).decide(asked) == open)
        for previews in [PreviewAccess.closed, .token(Array("secrets".utf8)), .token(Array("sesret".utf8))] {
            #expect(throws: DecideError.self) { try TestEngine(Self.rules, previews: previews).decide(asked) }
        }
        asked.preview?.variants = ["hero": "office/fast/slow"]
        #expect(throws: DecideError.self) { try TestEngine(Self.rules).decide(asked) }
        asked.preview?.variants = [:]
        asked.recordsExposure = true
        #expect(throws: DecideError.self) { try TestEngine(Self.rules).decide(asked) }
    }
}
