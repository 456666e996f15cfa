import Experimentation
import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Plots of intervals")
struct StatisticsPlotTests {
    func plot(_ names: [String]) throws -> IntervalPlot {
        var arms = [ArmInput(name: "control", weight: 1, summary: try ArmSummary(units: 50_000, successes: 5_000))]
        for (index, name) in names.enumerated() {
            let summary = try ArmSummary(units: 50_000, successes: 4_400 + 700 * index)
            arms.append(ArmInput(name: name, weight: 1, summary: summary))
        }
        return IntervalPlot(
            try ExperimentAnalysis.results(
                MetricQuestion(name: "demo_signup", kind: .binary), arms: arms, control: "control",
                settings: AnalysisSettings()))
    }

    @Test("A terminal shows one bar per arm, as wide as asked", arguments: [40, 80, 200])
    func terminal(width: Int) throws {
        let lines = try plot(["start_free", "long"]).text(width: width).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0] == "demo_signup: lift over control, at any time")
        #expect(lines[1].hasPrefix("start_free  ") && lines[1].contains("●") && lines[1].contains("│"))
        #expect(lines[2].contains("┼") || lines[2].contains("├"))
        #expect(lines.dropFirst().allSatisfy { $0.count <= width })
    }

    @Test("The picture for plain terminals is ASCII, whatever the names are")
    func ascii() throws {
        let text = try plot(["größer", "b"]).text(ascii: true)
        #expect(text.allSatisfy { $0.isASCII })
        #expect(text.contains("*") && text.contains("|") && text.contains("-"))
    }

    @Test("A worse arm lies left of the line, a better one right of it")
    func sides() throws {
        let lines = try plot(["worse", "alike", "better"]).text(ascii: true).split(separator: "\n")
        for (line, isLeft) in [(lines[1], true), (lines[3], false)] {
            let star = try #require(line.firstIndex(of: "*"))
            let zero = try #require(line.firstIndex(of: "|"))
            #expect((star < zero) == isLeft)
        }
    }

    @Test(
        "The file is valid XML, whatever the names are",
        arguments: [
            "b", "<script>alert(1)</script>", "a&b\"'", "]]>", "\u{0}\u{1B}[31m\u{FFFE}",
            String(repeating: "ß", count: 9_999),
        ])
    func svg(name: String) throws {
        let svg = try plot([name]).svg()
        let document = try XMLDocument(xmlString: svg)
        #expect(document.rootElement()?.name == "svg")
        #expect(!svg.contains("<script"))
        #expect(svg.utf8.count < 8_000)
    }

    @Test("A row that is not known yet has no bar, and says so")
    func unknown() throws {
        let plot = IntervalPlot(title: "t", rows: [.init(label: "b", effect: nil)], isShare: true)
        #expect(plot.text(ascii: true).contains("not known yet"))
        #expect(!plot.svg().contains("<circle"))
        #expect(IntervalPlot(title: "t", rows: [], isShare: true).svg().contains("</svg>"))
    }

    @Test("A name cannot break a terminal's lines")
    func controls() throws {
        let text = try plot(["a\n\u{1B}[2Jb\u{202E}"]).text()
        #expect(text.split(separator: "\n").count == 2)
        #expect(!text.unicodeScalars.contains("\u{1B}") && !text.unicodeScalars.contains("\u{202E}"))
    }

    @Test("Numbers are written alike everywhere")
    func numbers() {
        #expect(NumberText.percent(0.041) == "+4.1%")
        #expect(NumberText.percent(-0.012) == "−1.2%")
        #expect(NumberText.percent(0) == "0.0%")
        #expect(NumberText.percents(EffectInterval(low: 0.0002, high: 0.04)) == "+0.02% to +4.00%")
        #expect(NumberText.signed(-41.49) == "−41.5")
        #expect(NumberText.plain(0.012345) == "0.0123")
        #expect(NumberText.pValue(0.00001) == "<0.0001")
        #expect(NumberText.fixed(.infinity, digits: 1, signed: true) == "+∞")
        #expect(NumberText.fixed(1e300, digits: 2, signed: false) == "1e+300")
        #expect(NumberText.fixed(0.999, digits: 2, signed: false) == "1.00")
    }
}
