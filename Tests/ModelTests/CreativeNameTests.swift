import Model
import Testing

@Suite struct CreativeNameTests {
    @Test func `A name and its text are one`() {
        let name = CreativeName(campaign: "spring", placement: "hero", variant: "bold")
        #expect(name.text == "spring/hero/bold" && CreativeName(name.text) == name)
        #expect(name.textInPlacement == "spring/bold" && CreativeName("spring/bold", in: "hero") == name)
    }

    @Test func `The default of a placement has neither campaign nor variant`() {
        let name = CreativeName.ofDefault(in: "hero")
        #expect(name.text == "/hero/" && CreativeName("/hero/") == name)
    }

    @Test(arguments: ["", "spring", "spring/hero", "spring/hero/bold/", "a/b/c/d"])
    func `What has not three parts is no name`(_ text: String) {
        #expect(CreativeName(text) == nil)
    }

    @Test(arguments: ["", "spring", "spring/hero/bold"])
    func `What has not two parts is no name in a placement`(_ text: String) {
        #expect(CreativeName(text, in: "hero") == nil)
    }
}
