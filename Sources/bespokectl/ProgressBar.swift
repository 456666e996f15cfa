internal import BespokeAdmin

/// Progress on standard error, when that is a terminal and the work takes more than a second.
final class ProgressBar {
    private let isShown = Console.isErrorTerminal
    private var next = ContinuousClock.now + .seconds(1)
    private var hasDrawn = false

    func update(_ fraction: Double, rows: UInt64) {
        guard isShown, ContinuousClock.now >= next else { return }
        next = ContinuousClock.now + .milliseconds(100)
        hasDrawn = true
        Console.error("\r\u{1b}[K" + ImportText.progress(fraction: fraction, rows: rows))
    }

    func clear() {
        if hasDrawn { Console.error("\r\u{1b}[K") }
    }
}
