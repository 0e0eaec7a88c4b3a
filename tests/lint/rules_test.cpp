/// Each rule finds what it is for, in made-up files.
#include "lint/rules.hpp"

#include <gmock/gmock.h>

namespace keyway::lint {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<SourceFile> one(std::string path, std::string text) {
    return {make_source_file(std::move(path), std::move(text))};
}

TEST(Sources, BlankCommentsAndLiteralsButKeepLines) {
    const SourceFile file = make_source_file(
        "src/core/a.cpp", "int a = 1'000; // exit(\nauto s = \"abort(\\\"\"; /* \n */ int b;");
    EXPECT_EQ(file.module, "core");
    EXPECT_THAT(file.code, ::testing::Not(HasSubstr("exit")));
    EXPECT_THAT(file.code, ::testing::Not(HasSubstr("abort")));
    EXPECT_THAT(file.code, HasSubstr("1'000"));
    EXPECT_EQ(line_of(file.code, file.code.find("int b")), 3);
}

TEST(Arrows, AllowTheTableAndCoreAndNothingElse) {
    EXPECT_THAT(
        check_arrows(one("src/features/a.cpp",
                         "#include \"keyway/chem/pocket.hpp\"\n#include \"keyway/core/error.hpp\"\n")),
        IsEmpty());
    EXPECT_THAT(check_arrows(one("src/chem/a.cpp", "\n#include \"keyway/store/schema.hpp\"\n")),
                ElementsAre("src/chem/a.cpp:2: chem may not include store"));
    EXPECT_THAT(check_arrows(one("include/keyway/new_room/a.hpp", "")),
                ElementsAre(HasSubstr("not in the table")));
}

TEST(Arrows, KeepPrivateHeadersPrivate) {
    EXPECT_THAT(check_arrows(one("src/features/a.cpp", "#include \"chem/text_lines.hpp\"\n")),
                ElementsAre(HasSubstr("private to chem")));
    EXPECT_THAT(check_arrows(one("src/chem/a.cpp", "#include \"chem/text_lines.hpp\"\n")), IsEmpty());
}

TEST(Homes, HoldEachLibraryWhereItBelongs) {
    EXPECT_THAT(check_third_party_homes(one("src/chem/a.cpp", "#include <GraphMol/ROMol.h>\n")), IsEmpty());
    EXPECT_THAT(check_third_party_homes(one("src/features/a.cpp", "#include <GraphMol/ROMol.h>\n")),
                IsEmpty());
    EXPECT_THAT(
        check_third_party_homes(one("include/keyway/features/a.hpp", "#include <GraphMol/ROMol.h>\n")),
        ElementsAre(HasSubstr("RDKit has no home in public headers of features")));
    EXPECT_THAT(check_third_party_homes(one("src/workflows/a.cpp", "#include <hdf5.h>\n")),
                ElementsAre(HasSubstr("HDF5 has no home in workflows")));
    EXPECT_THAT(check_third_party_homes(one("include/keyway/core/a.hpp", "#include <fmt/format.h>\n")),
                ElementsAre(HasSubstr("fmt has no home in public headers of core")));
}

TEST(Homes, KeepFmtAwayFromLibTorchAlsoThroughHeaders) {
    const std::vector<SourceFile> files = {
        make_source_file("include/keyway/ops/a.hpp", "#include <ATen/core/Tensor.h>\n"),
        make_source_file("src/ops/a.cpp", "#include \"keyway/ops/a.hpp\"\n#include <fmt/format.h>\n"),
    };
    EXPECT_THAT(check_third_party_homes(files),
                ElementsAre(HasSubstr("src/ops/a.cpp:1: fmt or spdlog beside LibTorch")));
}

TEST(Homes, WantHeadersToIncludeTheLibTorchThatTheyUse) {
    EXPECT_THAT(check_third_party_homes(one("include/keyway/ops/a.hpp", "at::Tensor f();\n")),
                ElementsAre(HasSubstr("without including it")));
}

TEST(Silence, IsBrokenByPrintingAndExitingButNotByMembers) {
    EXPECT_THAT(check_silence(one("src/core/a.cpp", "std::cout << 1;\n")),
                ElementsAre(HasSubstr("std::cout")));
    EXPECT_THAT(check_silence(one("src/core/a.cpp", "exit(1);\n")), ElementsAre(HasSubstr("exit(")));
    EXPECT_THAT(check_silence(
                    one("src/core/a.cpp", "loop.exit(1); exit_code(kind); snprintf(a, 3, b); // abort()\n")),
                IsEmpty());
    EXPECT_THAT(check_silence(one("apps/a.cpp", "std::cout << 1;\n")), IsEmpty());
}

TEST(Messages, StartLowAndEndWithoutAFullStop) {
    const auto check = [](const std::string& call) {
        return check_error_messages(one("src/core/a.cpp", call));
    };
    EXPECT_THAT(check(R"(throw Error(ErrorKind::input, "no such file: " + path, "Check the name.");)"),
                IsEmpty());
    EXPECT_THAT(check(R"(throw Error(ErrorKind::input, "PDB file has no atoms");)"), IsEmpty());
    EXPECT_THAT(check(R"(throw Error(ErrorKind::input, fmt::format("RDKit refused {}", x));)"), IsEmpty());
    EXPECT_THAT(check(R"(throw Error(ErrorKind::input, "Cannot read " + path);)"),
                ElementsAre(HasSubstr("capital")));
    EXPECT_THAT(check(R"(throw Error(ErrorKind::input, fmt::format("Cannot read {}", f(a, b)));)"),
                ElementsAre(HasSubstr("capital")));
    EXPECT_THAT(check("throw Error(ErrorKind::input, \"cannot \"\n \"read.\");"),
                ElementsAre(HasSubstr("full stop")));
    EXPECT_THAT(check(R"(return Rejection{"parse", "too large", "x"};)"),
                ElementsAre(HasSubstr("UPPER_CASE")));
}

TEST(Form, WantsAFirstLineThatSaysWhatTheFileIs) {
    EXPECT_THAT(check_file_form(one("src/core/a.cpp", "/// Reads tables by column.\n")), IsEmpty());
    EXPECT_THAT(check_file_form(one("src/core/a.cpp", "#include <map>\n")),
                ElementsAre(HasSubstr("first line")));
    EXPECT_THAT(check_file_form(one("src/core/a.hpp", "/// Reads tables by column.\n")),
                ElementsAre(HasSubstr("#pragma once")));
    EXPECT_THAT(check_file_form(one("src/core/a.cpp",
                                    "/// Reads tables by column.\n// TO"
                                    "DO later\n")),
                ElementsAre(HasSubstr("note to self")));
    EXPECT_THAT(check_file_form(one("src/core/a.cpp", "/// Reads tables by column.\n\n\n"), 2),
                ElementsAre(HasSubstr("more than 2")));
}

}  // namespace
}  // namespace keyway::lint
