import Model
import Testing

@Suite struct CivilDateTests {
    @Test(
        arguments: [
            (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017), (1900, 2, 28, -25_509),
            (1900, 3, 1, -25_508), (1, 1, 1, -719_162), (0, 3, 1, -719_468), (0, 2, 29, -719_469),
            (-1, 12, 31, -719_529),
            (9999, 12, 31, 2_932_896),
        ] as [(Int64, Int64, Int64, Int64)])
    func `A day has its number, and a number its day`(year: Int64, month: Int64, day: Int64, number: Int64) {
        let date = CivilDate(year: year, month: month, day: day)
        #expect(date.dayNumber == number)
        #expect(CivilDate(dayNumber: number) == date)
    }

    @Test func `Days follow each other as the lengths of months say`() {
        var date = CivilDate(year: -201, month: 1, day: 1)
        for number in date.dayNumber..<date.dayNumber + 146_097 {
            #expect(CivilDate(dayNumber: number) == date)
            if date.day < CivilDate.length(ofMonth: date.month, date.year) {
                date = CivilDate(year: date.year, month: date.month, day: date.day + 1)
            } else {
                date = CivilDate(year: date.month == 12 ? date.year + 1 : date.year, month: date.month % 12 + 1, day: 1)
            }
        }
    }
}
