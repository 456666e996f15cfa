internal import Model

/// Reads an encoded `Behaviour` where it stands, without copying; allocates nothing.
///
/// Layout, little-endian: version (4 bytes), then the numbers of events, shows, trials, outcomes and consents (2 bytes each) and 2
/// bytes of format; then the events (24 bytes each: name, count, last, weight), shows (12: time, creative), trials (20: since,
/// experiment, arm, propensity), outcomes (24: value, experiment, metric, count, count before), consents (16: time, purpose, source;
/// the highest bit of the source says granted; the three highest of a trial's arm say whether it is kept, joined, and has seen another
/// arm), and in what is left the clicks (12, as shows). Format 1 had no clicks, and trials
/// without propensity.
package struct BehaviourView: BitwiseCopyable {
    static let format: UInt16 = 2
    static let headBytes = 16
    static let eventBytes = 24
    static let showBytes = 12
    private static let firstFormat: UInt16 = 1
    private static let firstTrialBytes = 16
    private static let latestTrialBytes = 20
    static let outcomeBytes = 24
    static let consentBytes = 16
    static let grantedBit: UInt32 = 1 << 31
    static let keptBit: UInt32 = 1 << 31
    static let joinedBit: UInt32 = 1 << 30
    static let otherArmBit: UInt32 = 1 << 29

    private let start: UnsafeRawPointer
    package let eventCount: Int
    package let showCount: Int
    package let trialCount: Int
    package let outcomeCount: Int
    package let consentCount: Int
    package let clickCount: Int
    private let trialBytes: Int

    /// - Returns: Nil for bytes that are no encoded behaviour of this format.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count >= Self.headBytes else { return nil }
        func number(_ offset: Int) -> Int { Int(start.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) }
        self.start = start
        (eventCount, showCount, trialCount) = (number(4), number(6), number(8))
        (outcomeCount, consentCount) = (number(10), number(12))
        let isFirst = number(14) == Int(Self.firstFormat)
        guard isFirst || number(14) == Int(Self.format) else { return nil }
        trialBytes = isFirst ? Self.firstTrialBytes : Self.latestTrialBytes
        let listed =
            Self.headBytes + eventCount * Self.eventBytes + showCount * Self.showBytes + trialCount * trialBytes
            + outcomeCount * Self.outcomeBytes + consentCount * Self.consentBytes
        let left = bytes.count - listed
        guard left >= 0, left % Self.showBytes == 0, !isFirst || left == 0 else { return nil }
        clickCount = left / Self.showBytes
    }

    private var firstShow: Int { Self.headBytes + eventCount * Self.eventBytes }
    private var firstTrial: Int { firstShow + showCount * Self.showBytes }
    private var firstOutcome: Int { firstTrial + trialCount * trialBytes }
    private var firstConsent: Int { firstOutcome + outcomeCount * Self.outcomeBytes }
    private var firstClick: Int { firstConsent + consentCount * Self.consentBytes }

    private func load<Value: BitwiseCopyable>(_ offset: Int, _ type: Value.Type = Value.self) -> Value {
        start.loadUnaligned(fromByteOffset: offset, as: type)
    }

    private func time(_ offset: Int) -> Timestamp { Timestamp(microseconds: load(offset)) }

    /// Grows with each change.
    package var version: UInt32 { load(0) }

    /// - Precondition: The index is below the count.
    package func event(_ index: Int) -> Behaviour.EventCount {
        let offset = Self.headBytes + index * Self.eventBytes
        return Behaviour.EventCount(
            name: load(offset), count: load(offset + 4), last: time(offset + 8), weight: load(offset + 16))
    }

    /// - Precondition: As above.
    package func show(_ index: Int) -> Behaviour.Show {
        let offset = firstShow + index * Self.showBytes
        return Behaviour.Show(creative: load(offset + 8), time: time(offset))
    }

    /// - Precondition: As above.
    package func trial(_ index: Int) -> Behaviour.Trial {
        let offset = firstTrial + index * trialBytes
        let propensity: Float = trialBytes == Self.firstTrialBytes ? 0 : load(offset + 16)
        let arm: UInt32 = load(offset + 12)
        var trial = Behaviour.Trial(
            experiment: load(offset + 8), arm: arm & (Self.otherArmBit - 1), since: time(offset),
            propensity: propensity)
        trial.isKept = arm & Self.keptBit != 0
        trial.isJoined = arm & Self.joinedBit != 0
        trial.hasSeenOtherArm = arm & Self.otherArmBit != 0
        return trial
    }

    /// - Precondition: As above.
    package func outcome(_ index: Int) -> Behaviour.Outcome {
        let offset = firstOutcome + index * Self.outcomeBytes
        return Behaviour.Outcome(
            experiment: load(offset + 8), metric: load(offset + 12), count: load(offset + 16),
            countBefore: load(offset + 20), value: load(offset))
    }

    /// - Precondition: As above.
    package func consent(_ index: Int) -> Behaviour.Consent {
        let offset = firstConsent + index * Self.consentBytes
        let source: UInt32 = load(offset + 12)
        return Behaviour.Consent(
            purpose: load(offset + 8), source: source & ~Self.grantedBit, isGranted: source & Self.grantedBit != 0,
            time: time(offset))
    }

    /// - Precondition: As above.
    package func click(_ index: Int) -> Behaviour.Show {
        let offset = firstClick + index * Self.showBytes
        return Behaviour.Show(creative: load(offset + 8), time: time(offset))
    }
}

extension Behaviour {
    /// An owned copy.
    package init(_ view: BehaviourView) {
        version = view.version
        events = (0..<view.eventCount).map(view.event)
        shows = (0..<view.showCount).map(view.show)
        trials = (0..<view.trialCount).map(view.trial)
        outcomes = (0..<view.outcomeCount).map(view.outcome)
        consents = (0..<view.consentCount).map(view.consent)
        clicks = (0..<view.clickCount).map(view.click)
    }

    /// Whether nothing is kept.
    package var isEmpty: Bool {
        events.isEmpty && shows.isEmpty && trials.isEmpty && outcomes.isEmpty && consents.isEmpty && clicks.isEmpty
    }

    /// The form that `BehaviourView` reads. Beyond 65,535 of a kind the last are left out.
    package func encoded() -> [UInt8] {
        let countMax = Int(UInt16.max)
        var bytes: [UInt8] = []
        func append<Value: FixedWidthInteger>(_ value: Value) {
            withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
        }
        append(version)
        for count in [events.count, shows.count, trials.count, outcomes.count, consents.count] {
            append(UInt16(min(count, countMax)))
        }
        append(BehaviourView.format)
        for event in events.prefix(countMax) {
            append(event.name)
            append(event.count)
            append(event.last.microseconds)
            append(event.weight.bitPattern)
        }
        for show in shows.prefix(countMax) {
            append(show.time.microseconds)
            append(show.creative)
        }
        for trial in trials.prefix(countMax) {
            append(trial.since.microseconds)
            append(trial.experiment)
            append(
                trial.arm | (trial.isKept ? BehaviourView.keptBit : 0) | (trial.isJoined ? BehaviourView.joinedBit : 0)
                    | (trial.hasSeenOtherArm ? BehaviourView.otherArmBit : 0))
            append(trial.propensity.bitPattern)
        }
        for outcome in outcomes.prefix(countMax) {
            append(outcome.value.bitPattern)
            append(outcome.experiment)
            append(outcome.metric)
            append(outcome.count)
            append(outcome.countBefore)
        }
        for consent in consents.prefix(countMax) {
            append(consent.time.microseconds)
            append(consent.purpose)
            append(consent.source | (consent.isGranted ? BehaviourView.grantedBit : 0))
        }
        for click in clicks {
            append(click.time.microseconds)
            append(click.creative)
        }
        return bytes
    }
}
