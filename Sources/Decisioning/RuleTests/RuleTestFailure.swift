package import Ruleset

/// An expectation of a rule set's own test that was not met.
package struct RuleTestFailure: Sendable, Hashable {
    /// The test's name.
    package let test: String
    /// What was looked at, such as `icp` or `placements.landing_hero.variant`.
    package let path: String
    /// The word that the test wants there.
    package let expected: String
    /// `none` when there was nothing.
    package let actual: String
    /// Where the expectation stands.
    package let position: SourcePosition

    /// Takes the facts as they are.
    package init(test: String, path: String, expected: String, actual: String, position: SourcePosition) {
        self.test = test
        self.path = path
        self.expected = expected
        self.actual = actual
        self.position = position
    }
}
