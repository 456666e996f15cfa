import Engine
import Testing

@Suite struct ClockGuardTests {
    private let day: Int64 = 86_400
    private let start: Int64 = 1_800_000_000

    private func clock(lastSeen: Int64?, holdSeconds: Int64 = 86_400) -> ClockGuard {
        ClockGuard(wall: start, steady: 100, lastSeen: lastSeen, holdSeconds: holdSeconds)
    }

    private func expect(_ isChanged: Bool, _ clock: inout ClockGuard, wall: Int64, steady: Int64) {
        let found = clock.look(wall: wall, steady: steady)
        #expect(found == isChanged)
    }

    @Test func `A clock of which nothing is known is believed`() {
        #expect(clock(lastSeen: nil).doubt == nil)
        #expect(clock(lastSeen: nil).seen == start)
    }

    @Test(arguments: [(-600, false), (-601, true), (86_400, false), (86_401, true), (60 * 86_400, true)])
    func `At the start it may be a day ahead of what was seen last, and hardly behind`(ahead: Int64, isDoubted: Bool) {
        let clock = clock(lastSeen: start - ahead)
        #expect(clock.doubt?.aheadSeconds == (isDoubted ? ahead : nil))
        #expect((clock.seen == nil) == isDoubted)
    }

    @Test func `While it runs it may be ten minutes off what the steady clock says`() {
        var clock = clock(lastSeen: nil)
        expect(false, &clock, wall: start + 1_000, steady: 1_100)
        expect(false, &clock, wall: start + 1_000 + 601, steady: 1_101)
        expect(true, &clock, wall: start + 2_300, steady: 1_102)
        #expect(clock.doubt?.aheadSeconds == 698)
        expect(false, &clock, wall: start + 2_301, steady: 1_103)
        expect(true, &clock, wall: start + 1_604, steady: 1_104)
        #expect(clock.doubt == nil)
    }

    @Test func `Small steps and a clock that is set right slowly are never doubted`() {
        var clock = clock(lastSeen: nil)
        for step in Int64(1)...1_000 { expect(false, &clock, wall: start + step * 120, steady: 100 + step * 60) }
    }

    @Test func `After a day it is believed where it is, but not a second before`() {
        var clock = clock(lastSeen: start - 60 * day)
        expect(false, &clock, wall: start + day - 1, steady: 100 + day - 1)
        #expect(clock.doubt != nil)
        expect(true, &clock, wall: start + day, steady: 100 + day)
        #expect(clock.seen == start + day)
    }

    @Test func `Another jump begins the day anew`() {
        var clock = clock(lastSeen: start - 60 * day)
        expect(true, &clock, wall: start + 5 * day, steady: 100 + day - 1)
        expect(false, &clock, wall: start + 5 * day + 10, steady: 100 + day + 9)
        #expect(clock.doubt != nil)
    }

    @Test func `A clock of which somebody says that it is right is always believed`() {
        var clock = clock(lastSeen: start - 60 * day, holdSeconds: 0)
        #expect(clock.doubt == nil)
        expect(false, &clock, wall: start + 60 * day, steady: 101)
        #expect(clock.seen == start + 60 * day)
    }
}
