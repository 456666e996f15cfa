import BespokeAdmin
import Testing

@Suite struct FieldWordsTests {
    @Test(arguments: [
        ("token.role: is none of decide, admin", "--role: is none of decide, admin"),
        ("token.name: must have 1 to 64", "the token's name: must have 1 to 64"),
        ("page.country: \"XX1\" is not two letters", "--country: \"XX1\" is not two letters"),
        ("preview.arms: the rule set has no experiment x", "--force: the rule set has no experiment x"),
        ("preview.variants[\"hero\"]: the rule set has no y", "--force hero=…: the rule set has no y"),
        ("preview.segments: the rule set has no segment x", "--as-segment: the rule set has no segment x"),
        ("events[0].name: the rule set has no event x", "event: the rule set has no event x"),
        ("events[0].time: lies ahead", "--time: lies ahead"), ("events[3].other: is odd", "event: is odd"),
        ("id: is \"a\", as alias_id is; name two ids", "both ids are \"a\"; name two"),
        (
            "email: is not looked up, for its purpose is not agreed to (`p`); name it in consent when it is",
            "--email: is not looked up, for its purpose is not agreed to (`p`); add --consent with it when it is"
        ),
        (
            "visitor.tags: is declared as strings, not string",
            "visitor.tags: is declared as strings, not string; write a list, `--set 'visitor.tags=[a,b]'`"
        ),
        (
            "title is declared as string, but the value is of type int",
            "title is declared as string, but the value is of type int; write `--set title:string=VALUE`"
        ),
        ("there is no visitor \"x\"", "there is no visitor \"x\""), ("", ""),
    ])
    func `What names fields of a message is said with flags`(message: String, typed: String) {
        #expect(FieldWords.typed(message) == typed)
        #expect(CallProblem.words(code: "INVALID_ARGUMENT", message: message, isUnreachable: false) == typed)
    }
}
