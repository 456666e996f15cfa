/// How long what comes on one event loop waits before it is begun, as a value that is told when rounds begin and end. A round is what
/// the loop does between two looks at its sockets: whatever comes meanwhile waits for as long.
///
/// What waits cannot be seen, for most of it lies in the kernel and at the clients. So it is kept short where it comes from: while
/// rounds are too long, connections are told to have fewer calls at once (SETTINGS_MAX_CONCURRENT_STREAMS), and the rest stays with
/// the clients, which give up by themselves what has become too late, without any work here. That a queue stands is told from the
/// shortest round of a while: a burst is over by then.
///
/// Source: Nichols and Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012: the minimum over an interval.
package struct LoadGauge {
    static let windowNanoseconds: UInt64 = 50_000_000
    /// A pause of the loop that is longer has emptied all queues.
    static let pauseNanoseconds: UInt64 = 200_000
    static let forgottenNanoseconds: UInt64 = 1_000_000_000

    private let target: UInt64
    private let most: Int
    private var roundBegan: UInt64 = 0
    private var roundEnded: UInt64 = 0
    private var windowBegan: UInt64 = 0
    private var shortest = UInt64.max
    private var longestWait: UInt64 = 0
    private var mostCalls = 1
    private var longWindows = 0

    /// What is read in this round has come after this time: when it is exactly known, or when the round before began.
    package private(set) var arrivedAfter: UInt64 = 0
    /// How long the round before took, if this one follows it without a pause; else 0.
    package private(set) var lastRound: UInt64 = 0
    /// How many calls at once a connection shall have.
    package private(set) var streamsMax: Int

    /// - Parameters:
    ///   - roundMilliseconds: What a round may take.
    ///   - streamsMax: What a connection may have while rounds are short.
    package init(roundMilliseconds: Int, streamsMax: Int) {
        target = UInt64(roundMilliseconds) * 1_000_000
        most = streamsMax
        self.streamsMax = streamsMax
    }

    /// Whether rounds have been too long for some while.
    package var isOverloaded: Bool { longWindows > 1 }

    /// - Parameter now: In nanoseconds, as all times here.
    package mutating func begin(_ now: UInt64) {
        let pause = now &- roundEnded
        if pause > Self.pauseNanoseconds {
            shortest = 0
            arrivedAfter = now
            lastRound = 0
        } else {
            arrivedAfter = roundBegan
            lastRound = roundEnded &- roundBegan
        }
        if pause > Self.forgottenNanoseconds {
            streamsMax = most
            longWindows = 0
        }
        roundBegan = now
    }

    /// Something that was read has waited for its turn.
    package mutating func waited(_ nanoseconds: UInt64) { longestWait = max(longestWait, nanoseconds) }

    /// A connection had so many calls at once.
    package mutating func saw(calls: Int) { mostCalls = max(mostCalls, calls) }

    /// All that was ready has been served.
    package mutating func end(_ now: UInt64) {
        roundEnded = now
        shortest = min(shortest, max(now &- roundBegan, longestWait))
        longestWait = 0
        guard now &- windowBegan >= Self.windowNanoseconds else { return }
        adjust()
        windowBegan = now
        shortest = .max
        mostCalls = 1
    }

    private mutating func adjust() {
        if shortest > target {
            longWindows += 1
            let share = max(Double(target) / Double(shortest), 0.25)
            streamsMax = max(1, Int(Double(min(streamsMax, mostCalls)) * share))
        } else {
            longWindows = 0
            // Far below the target nobody waits, and clients shall not wait for this either.
            let step = shortest < target / 4 ? streamsMax : shortest < target / 2 ? streamsMax / 4 + 1 : 0
            streamsMax = min(most, streamsMax + step)
        }
    }
}
