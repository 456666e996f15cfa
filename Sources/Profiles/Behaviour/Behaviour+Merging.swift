package import Model

/// What uniting behaviour asks of the rules, by number.
package struct MergingRules {
    /// An experiment, as far as outcomes are concerned.
    package struct Experiment {
        package let metrics: [UInt32]
        package let windowMicroseconds: Int64

        package init(metrics: [UInt32], windowMicroseconds: Int64) {
            self.metrics = metrics
            self.windowMicroseconds = windowMicroseconds
        }
    }

    /// Of an event, in microseconds; 0 for one that does not fade.
    package let halfLife: (UInt32) -> Double
    /// Those that count a creative.
    package let caps: (UInt32) -> [ShowCap]
    /// Nil for one that the rules do not have.
    package let experiment: (UInt32) -> Experiment?

    package init(
        halfLife: @escaping (UInt32) -> Double, caps: @escaping (UInt32) -> [ShowCap],
        experiment: @escaping (UInt32) -> Experiment?
    ) {
        self.halfLife = halfLife
        self.caps = caps
        self.experiment = experiment
    }
}

/// Two ids turn out to be one person's: what was kept of both becomes one record, and can be taken apart again.
extension Behaviour {
    // MARK: Uniting

    /// The behaviour of both as one person's: what happened is counted once; the arm of the earlier exposure is kept; of two choices of one
    /// purpose the stricter holds; caps count the shows of both; kept pages are those of both.
    ///
    /// - Parameters:
    ///   - other: Of the other id.
    ///   - twice: What was recorded under both ids: the other's entries.
    /// - Note: Outcomes are to be counted anew with `recount`.
    package func united(with other: Behaviour, twice: [EventLogEntry], _ rules: MergingRules) -> Behaviour {
        var whole = self
        whole.version = max(version, other.version)
        for event in other.events { whole.add(event, rules.halfLife(event.name)) }
        for entry in twice where entry.kind == .event { whole.takeOut(entry, rules.halfLife(entry.name)) }
        whole.shows += other.shows
        for entry in twice where entry.kind == .exposure {
            let show = Show(creative: entry.name, time: entry.time)
            // It was shown once, however often that was told.
            if let index = whole.shows.lastIndex(of: show) { whole.shows.remove(at: index) }
        }
        whole.shows.sort { $0.time > $1.time }
        whole.trimShows(rules.caps)
        for click in other.clicks { whole.add(click: click.creative, at: click.time) }
        whole.unite(trials: other.trials)
        // Of an experiment that the rules no longer have nothing can be counted anew: what the arm that stays has brought so far stays.
        for trial in other.trials
        where !trials.contains(where: { $0.experiment == trial.experiment && $0.since <= trial.since }) {
            whole.outcomes.removeAll { $0.experiment == trial.experiment }
            whole.outcomes += other.outcomes.filter { $0.experiment == trial.experiment }
        }
        for consent in other.consents { whole.keepStricter(consent) }
        return whole
    }

    /// Adds counts of an event, each weight faded to the later of both times.
    private mutating func add(_ event: EventCount, _ halfLife: Double) {
        guard let index = events.firstIndex(where: { $0.name == event.name }) else {
            events.append(event)
            return
        }
        let known = events[index]
        let last = max(known.last, event.last)
        events[index].weight =
            known.weight * Self.fading(from: known.last, to: last, halfLife)
            + event.weight * Self.fading(from: event.last, to: last, halfLife)
        events[index].count =
            known.count.addingReportingOverflow(event.count).overflow ? .max : known.count + event.count
        events[index].last = last
    }

    /// Counts an event once less.
    ///
    /// - Parameter halfLife: In microseconds; 0 for one that does not fade.
    package mutating func takeOut(_ entry: EventLogEntry, _ halfLife: Double) {
        guard let index = events.firstIndex(where: { $0.name == entry.name }) else { return }
        guard events[index].count > 1 else {
            events.remove(at: index)
            return
        }
        events[index].count -= 1
        let weight = events[index].weight - Self.fading(from: entry.time, to: events[index].last, halfLife)
        events[index].weight = max(0, weight)
    }

    /// Says that an event last happened earlier than it is known to have.
    package mutating func setLast(_ time: Timestamp, of event: UInt32, _ halfLife: Double) {
        guard let index = events.firstIndex(where: { $0.name == event }), time < events[index].last else { return }
        let fading = Self.fading(from: time, to: events[index].last, halfLife)
        // No event weighs more than one.
        let weight = fading > 0 ? events[index].weight / fading : 0
        events[index].weight = min(weight, Double(events[index].count))
        events[index].last = time
    }

    private static func fading(from time: Timestamp, to last: Timestamp, _ halfLife: Double) -> Double {
        guard halfLife > 0 else { return 1 }
        return BehaviourFading.factor((Double(last.microseconds) - Double(time.microseconds)).magnitude, halfLife)
    }

    private mutating func unite(trials others: [Trial]) {
        for other in others {
            guard let index = trials.firstIndex(where: { $0.experiment == other.experiment }) else {
                trials.append(other)
                continue
            }
            var winner = other.since < trials[index].since ? other : trials[index]
            winner.isJoined = true
            winner.hasSeenOtherArm =
                other.arm != trials[index].arm || other.hasSeenOtherArm || trials[index].hasSeenOtherArm
            trials[index] = winner
        }
        // Where several exclude each other, the first that is told keeps its place.
        trials.sort { $0.since < $1.since }
        for index in trials.indices { trials[index].isKept = true }
    }

    /// Of two choices the denial holds; of two alike the newer.
    private mutating func keepStricter(_ consent: Consent) {
        guard let index = consents.firstIndex(where: { $0.purpose == consent.purpose }) else {
            consents.append(consent)
            return
        }
        let known = consents[index]
        let isStricter = known.isGranted && !consent.isGranted
        let isNewer = known.isGranted == consent.isGranted && consent.time > known.time
        if isStricter || isNewer { consents[index] = consent }
        // A denial holds against every choice that was known when both became one: also against one that is sent again.
        if known.isGranted != consent.isGranted { consents[index].time = max(known.time, consent.time) }
    }

    // MARK: Taking apart

    /// What is a person's own without what one id brought: what the others brought, and what came after that id had been merged.
    ///
    /// - Parameters:
    ///   - expected: Of all ids, as it was united.
    ///   - rest: Of all but the one.
    ///   - exposures: Those still retained one by one, of all but the one.
    /// - Note: Outcomes are to be counted anew with `recount`.
    package func separated(
        expected: Behaviour, rest: Behaviour, exposures: [EventLogEntry], _ rules: MergingRules
    ) -> Behaviour {
        var left = rest
        left.version = version
        for event in events {
            let known = expected.events.first { $0.name == event.name }
            let count = event.count - min(event.count, known?.count ?? 0)
            guard count > 0 else { continue }
            let halfLife = rules.halfLife(event.name)
            let before = known.map { $0.weight * Self.fading(from: $0.last, to: event.last, halfLife) } ?? 0
            left.add(
                EventCount(name: event.name, count: count, last: event.last, weight: max(0, event.weight - before)),
                halfLife)
        }
        left.shows += shows.filter { !expected.shows.contains($0) }
        left.shows.sort { $0.time > $1.time }
        left.trimShows(rules.caps)
        for click in clicks where !expected.clicks.contains(click) { left.add(click: click.creative, at: click.time) }
        for consent in consents where !expected.consents.contains(consent) {
            left.consents.removeAll { $0.purpose == consent.purpose }
            left.consents.append(consent)
        }
        left.add(trialsOf: self, expected: expected, exposures)
        return left
    }

    private mutating func add(trialsOf whole: Behaviour, expected: Behaviour, _ exposures: [EventLogEntry]) {
        for trial in whole.trials where !trials.contains(where: { $0.experiment == trial.experiment }) {
            guard expected.trials.contains(where: { $0.experiment == trial.experiment }) else {
                trials.append(trial)
                outcomes += whole.outcomes.filter { $0.experiment == trial.experiment }
                continue
            }
            // The one that goes was exposed first; whoever stays may have been exposed since.
            let first = exposures.filter { $0.experiment == trial.experiment }.min { $0.time < $1.time }
            guard let first else { continue }
            var since = Trial(
                experiment: first.experiment, arm: first.arm, since: first.time, propensity: Float(first.propensity))
            since.isKept = true
            trials.append(since)
        }
        trials.sort { $0.since < $1.since }
    }

    // MARK: Outcomes

    /// Counts the outcomes of the rules' experiments anew from what happened.
    ///
    /// - Parameter history: The events that are retained one by one, each once. What is older has happened before any exposure.
    package mutating func recount(_ history: [EventLogEntry], _ rules: MergingRules) {
        for trial in trials {
            guard let experiment = rules.experiment(trial.experiment) else { continue }
            for metric in experiment.metrics {
                var outcome = Outcome(experiment: trial.experiment, metric: metric, count: 0, countBefore: 0, value: 0)
                var since: UInt32 = 0
                for entry in history where entry.kind == .event && entry.name == metric && entry.time >= trial.since {
                    since &+= 1
                    guard entry.time.microseconds - trial.since.microseconds <= experiment.windowMicroseconds else {
                        continue
                    }
                    outcome.count &+= 1
                    outcome.value += entry.value
                }
                let count = count(of: metric)
                outcome.countBefore = count - min(count, since)
                outcomes.removeAll { $0.experiment == trial.experiment && $0.metric == metric }
                outcomes.append(outcome)
            }
        }
        outcomes.removeAll { outcome in !trials.contains { $0.experiment == outcome.experiment } }
    }
}
