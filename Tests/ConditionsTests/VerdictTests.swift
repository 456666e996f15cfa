import Conditions
import Model
import Testing

@Suite struct VerdictTests {
    static let all: [Verdict] = [.no, .yes, .lacksData, .lacksConsent, .lacksBoth, .failed]

    @Test func `A conjunction is no with a no, yes with two, else unknown`() {
        for left in Self.all {
            #expect(Verdict.no.and(left) == .no && left.and(.no) == .no)
            #expect(Verdict.yes.and(left) == left && left.and(.yes) == left)
        }
        #expect(Verdict.lacksData.and(.lacksConsent) == .lacksBoth)
        #expect(Verdict.failed.and(.lacksData) == .lacksData, "What is lacking wins over what failed.")
        #expect(Verdict.failed.and(.failed) == .failed)
    }

    @Test func `A negation turns what is settled and keeps what is lacking`() {
        for verdict in Self.all {
            #expect(verdict.negated.negated == verdict)
            #expect(verdict.negated.isSettled == verdict.isSettled)
        }
        #expect(Verdict.yes.negated == .no && Verdict.lacksConsent.negated == .lacksConsent)
    }

    @Test func `Bits, value and verdict are three forms of one thing`() {
        for verdict in Self.all {
            #expect(Verdict(stored: verdict.bits) == verdict)
            let value = verdict.scalar
            #expect(value.isKnown == verdict.isSettled)
            #expect(value.isKnown ? Verdict(value.bool) == verdict : value.lack == verdict)
        }
        #expect(Self.all.map(\.truth) == [.no, .yes, .unknown, .unknown, .unknown, .unknown])
    }

    @Test func `What is too old lacks data, and of two values both lacks count`() {
        #expect(Scalar.stale.lack == .lacksData && !Scalar.stale.isThere && Scalar.unconsented.isThere)
        #expect(Scalar.lack(.missing, .unconsented) == .lacksBoth)
        #expect(Scalar.lack(Scalar(true), .unconsented) == .lacksConsent)
        #expect(Scalar.lack(.failed, .missing) == .lacksData && Scalar.lack(.failed, Scalar(1.0)) == .failed)
    }
}
