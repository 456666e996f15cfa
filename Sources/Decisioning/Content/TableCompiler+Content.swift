internal import Conditions
internal import Model
internal import Ruleset

extension TableCompiler {
    /// The content of a placement's fields: that of the variant, else the placement's default. Fields with neither are
    /// absent.
    mutating func contentRun(_ fields: [String: Template], _ placement: Placement) -> Run<ContentRow> {
        var rows: [ContentRow] = []
        for field in placement.fields {
            guard let template = fields[field.name] ?? field.defaultContent else { continue }
            rows.append(row(template, field))
        }
        let run = Run<ContentRow>(first: contents.count, count: rows.count)
        contents += rows
        return run
    }

    mutating func row(_ template: Template, _ field: Placement.Field) -> ContentRow {
        let escaping: ContentRow.Escaping =
            switch field.kind {
            case .text: .none
            case .html: .html
            case .url: .url
            }
        let maximum = field.maximumLength ?? .max
        if let text = template.staticText {
            let shown = storage.text(text).prefix(graphemes: maximum).text
            return ContentRow(
                name: storage.text(field.name), escaping: escaping, maximumLength: maximum, text: shown, pieces: Run())
        }
        let rows = template.pieces.map { row($0) }
        let run = Run<PieceRow>(first: pieces.count, count: rows.count)
        pieces += rows
        return ContentRow(
            name: storage.text(field.name), escaping: escaping, maximumLength: maximum, text: .empty, pieces: run)
    }

    private mutating func row(_ piece: Template.Piece) -> PieceRow {
        switch piece {
        case .text(let text):
            return PieceRow(
                source: .literal, letterCase: .asIs, slot: .none, text: storage.text(text), fallback: .empty,
                maximumLength: .max)
        case .insertion(let insertion):
            let (source, slot, text) = source(insertion.path)
            let fallback = storage.text(insertion.fallback ?? "")
            return PieceRow(
                source: source, letterCase: PieceRow.LetterCase(insertion.letterCase), slot: slot,
                text: source == .literal ? fallback : text, fallback: fallback,
                maximumLength: insertion.maximumLength ?? .max)
        }
    }

    private mutating func source(_ path: [String]) -> (PieceRow.Source, Row<Slot>, BorrowedText) {
        if let slot = conditions.slots.slot(path) { return (.slot, slot, .empty) }
        if path.count == 3, path[0] == "persona", path[1] == "objections" {
            return (.personaObjection, .none, storage.text(path[2]))
        }
        let source: PieceRow.Source =
            switch path {
            case ["role"]: .role
            case ["stage"]: .stage
            case ["persona", "name"]: .personaName
            case ["persona", "title"]: .personaTitle
            case ["persona", "outcome"]: .personaOutcome
            // Nothing has that name, which the loader refuses: the fallback stands.
            default: .literal
            }
        return (source, .none, .empty)
    }
}

extension Template {
    /// The text when nothing is inserted.
    fileprivate var staticText: String? {
        var text = ""
        for piece in pieces {
            guard case .text(let part) = piece else { return nil }
            text += part
        }
        return text
    }
}

extension PieceRow.LetterCase {
    fileprivate init(_ letterCase: Template.Insertion.LetterCase?) {
        self =
            switch letterCase {
            case .upper: .upper
            case .lower: .lower
            case .title: .title
            case nil: .asIs
            }
    }
}
