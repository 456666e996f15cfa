import Experimentation
import Foundation

/// What scipy and numpy computed: scripts/statistics-references.py writes it.
struct StatisticsReferences: Decodable {
    struct Point: Decodable {
        let x: [Double]
        let value: Double
    }
    struct Sequence: Decodable {
        let alpha: Double
        let planned: Double
        let units: Double
        let multiplier: Double
    }
    struct Samples: Decodable {
        let control: [[Double]]
        let arm: [[Double]]
        let difference: Double
        let differenceError: Double
        let welch: Double
        let lift: Double
        let liftError: Double
        let ratioMeans: [Double]
        let ratioVariances: [Double]
        let theta: Double
        let adjustedMeans: [Double]
        let adjustedVariances: [Double]
        let ratioTheta: Double
        let adjustedRatioMeans: [Double]
        let adjustedRatioVariances: [Double]
    }
    struct Chance: Decodable {
        let arm: [Int]
        let control: [Int]
        let value: Double
    }
    struct SampleRatio: Decodable {
        let units: [Int]
        let weights: [Double]
        let statistic: Double
        let p: Double
        let logEvidence: Double
    }
    struct Rates: Decodable {
        let arm: [Int]
        let control: [Int]
        let difference: [Double]
        let lift: [Double]
    }
    struct Plan: Decodable {
        let baseline: Double
        let lift: Double
        let alpha: Double
        let power: Double
        let arms: Int
        let units: Int
        let unitsAtAnyTime: Int
    }

    let distributions: [String: [Point]]
    let sequences: [Sequence]
    let samples: Samples
    let posteriors: [Chance]
    let sampleRatios: [SampleRatio]
    let rates: [Rates]
    let plans: [Plan]

    static func read() throws -> StatisticsReferences {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "References/statistics.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(StatisticsReferences.self, from: Data(contentsOf: file))
    }
}

/// Whether two numbers agree, relative to the expected one; numbers below 1e-290 count as 0.
func agree(_ actual: Double, _ expected: Double, within tolerance: Double) -> Bool {
    abs(actual - expected) <= tolerance * abs(expected) + 1e-290
}

/// A summary of rows of value, denominator and covariate.
func summary(_ rows: [[Double]]) throws -> ArmSummary {
    var summary = ArmSummary()
    for row in rows { try summary.add(row[0], denominator: row[1], covariate: row[2]) }
    return summary
}
