internal import CBespokeProto
package import Model

/// Whose results are asked for: `bespoke.v1.GetExperimentRequest`.
package struct GetExperimentRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.GetExperimentRequest", bespoke__v1__get_experiment_request__unpack)

    package var experiment: String = ""
    package var metric: String = ""
    package var kind: MetricKindMessage = .binary
    package var by: String = ""

    package init() {}
}

/// What units did, by arm: `bespoke.v1.GetExperimentResponse`.
package struct GetExperimentResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.GetExperimentResponse", bespoke__v1__get_experiment_response__unpack)

    package var metric: String = ""
    package var groups: [ExperimentGroupMessage] = []
    /// Units that had been counted as several before it was known that they are one.
    package var joinedUnits: UInt64 = 0
    /// Those of them that had seen several arms.
    package var joinedAcrossArms: UInt64 = 0
    /// When the experiment ended; nil while the rules have it.
    package var endedAt: Timestamp?
    package var countedSince: Timestamp?
    package var unitsBefore: UInt64 = 0
    package var steered = false
    /// Units that are not counted.
    package var notAgreed: UInt64 = 0

    package init() {}
}

/// Units with one value of an attribute: `bespoke.v1.ExperimentGroup`.
package struct ExperimentGroupMessage: Sendable, Hashable {
    package var name: String = ""
    package var arms: [ArmMomentsMessage] = []
    /// Whether these do not agree to being told apart.
    package var isNotAgreed = false

    package init() {}
}

/// Units of an arm: `bespoke.v1.ArmMoments`.
package struct ArmMomentsMessage: Sendable, Hashable {
    package var arm: String = ""
    package var weight: Double = 0
    package var units: UInt64 = 0
    package var sum: Double = 0
    package var mean: Double = 0
    package var covariateMean: Double = 0
    package var squares: Double = 0
    package var covariateSquares: Double = 0
    package var products: Double = 0
    package var propensityUnits: UInt64 = 0
    package var inversePropensities: Double = 0
    package var inversePropensityVariances: Double = 0
    /// Whether the rules have the arm no longer.
    package var isGone = false
    package var nonzeroUnits: UInt64 = 0
    package var magnitudeSum: Double = 0
    package var weightedMean: Double = 0
    package var squaredWeightMean: Double = 0
    package var squaredWeightSquares: Double = 0

    package init() {}
}

/// How what a unit did becomes a number: `bespoke.v1.MetricKind`.
package enum MetricKindMessage: UInt8, Sendable, Hashable {
    case binary = 1
    case count = 2
    case value = 3
}

extension GetExperimentRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GetExperimentRequest>) throws(WireError) {
        self.init()
        experiment = try raw.pointee.experiment.string("experiment")
        metric = try raw.pointee.metric.string("metric")
        kind = MetricKindMessage(rawValue: UInt8(clamping: raw.pointee.kind.rawValue)) ?? .binary
        by = try raw.pointee.by.string("by")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GetExperimentRequest> {
        let raw = try arena.make(bespoke__v1__get_experiment_request__init)
        raw.pointee.experiment = try arena.text(experiment)
        raw.pointee.metric = try arena.text(metric)
        raw.pointee.kind = Bespoke__V1__MetricKind(rawValue: numericCast(kind.rawValue))
        raw.pointee.by = try arena.text(by)
        return raw
    }
}

extension GetExperimentResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GetExperimentResponse>) throws(WireError) {
        self.init()
        metric = try raw.pointee.metric.string("metric")
        groups = try decodedList(raw.pointee.groups, raw.pointee.n_groups, "groups")
        joinedUnits = raw.pointee.joined_units
        joinedAcrossArms = raw.pointee.joined_across_arms
        endedAt = try decodedTime(raw.pointee.ended_at, "ended_at")
        countedSince = try raw.pointee.counted_since.map { time throws(WireError) in
            try Timestamp(time.pointee, "counted_since")
        }
        unitsBefore = raw.pointee.units_before
        steered = raw.pointee.steered != 0
        notAgreed = raw.pointee.not_agreed
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GetExperimentResponse> {
        let raw = try arena.make(bespoke__v1__get_experiment_response__init)
        raw.pointee.metric = try arena.text(metric)
        (raw.pointee.n_groups, raw.pointee.groups) = (groups.count, try arena.list(groups))
        raw.pointee.joined_units = joinedUnits
        raw.pointee.joined_across_arms = joinedAcrossArms
        raw.pointee.ended_at = try arena.time(endedAt, "ended_at")
        raw.pointee.counted_since = try arena.time(countedSince, "counted_since")
        raw.pointee.units_before = unitsBefore
        raw.pointee.steered = steered ? 1 : 0
        raw.pointee.not_agreed = notAgreed
        return raw
    }
}

extension ExperimentGroupMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ExperimentGroup>) throws(WireError) {
        self.init()
        name = try raw.pointee.name.string("name")
        arms = try decodedList(raw.pointee.arms, raw.pointee.n_arms, "arms")
        isNotAgreed = raw.pointee.not_agreed != 0
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ExperimentGroup> {
        let raw = try arena.make(bespoke__v1__experiment_group__init)
        raw.pointee.name = try arena.text(name)
        (raw.pointee.n_arms, raw.pointee.arms) = (arms.count, try arena.list(arms))
        raw.pointee.not_agreed = isNotAgreed ? 1 : 0
        return raw
    }
}

extension ArmMomentsMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ArmMoments>) throws(WireError) {
        self.init()
        arm = try raw.pointee.arm.string("arm")
        weight = raw.pointee.weight
        units = raw.pointee.units
        sum = raw.pointee.sum
        mean = raw.pointee.mean
        covariateMean = raw.pointee.covariate_mean
        squares = raw.pointee.squares
        covariateSquares = raw.pointee.covariate_squares
        products = raw.pointee.products
        propensityUnits = raw.pointee.propensity_units
        inversePropensities = raw.pointee.inverse_propensities
        inversePropensityVariances = raw.pointee.inverse_propensity_variances
        isGone = raw.pointee.is_gone != 0
        nonzeroUnits = raw.pointee.nonzero_units
        magnitudeSum = raw.pointee.magnitude_sum
        weightedMean = raw.pointee.weighted_mean
        squaredWeightMean = raw.pointee.squared_weight_mean
        squaredWeightSquares = raw.pointee.squared_weight_squares
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ArmMoments> {
        let raw = try arena.make(bespoke__v1__arm_moments__init)
        raw.pointee.arm = try arena.text(arm)
        raw.pointee.weight = weight
        raw.pointee.units = units
        raw.pointee.sum = sum
        raw.pointee.mean = mean
        raw.pointee.covariate_mean = covariateMean
        raw.pointee.squares = squares
        raw.pointee.covariate_squares = covariateSquares
        raw.pointee.products = products
        raw.pointee.propensity_units = propensityUnits
        raw.pointee.inverse_propensities = inversePropensities
        raw.pointee.inverse_propensity_variances = inversePropensityVariances
        raw.pointee.is_gone = isGone ? 1 : 0
        raw.pointee.nonzero_units = nonzeroUnits
        raw.pointee.magnitude_sum = magnitudeSum
        raw.pointee.weighted_mean = weightedMean
        raw.pointee.squared_weight_mean = squaredWeightMean
        raw.pointee.squared_weight_squares = squaredWeightSquares
        return raw
    }
}
