/// The same rows in every format of a result table, read back by Python's json and h5py.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace keyway::testing {
namespace {

using ::testing::HasSubstr;

/// Prints a line for each value that is not as in the TSV.
constexpr char kCompare[] = R"(
import csv, gzip, h5py, json, math, sys
folder = sys.argv[1]
table = list(csv.reader(open(folder + '/hits.tsv', newline=''), delimiter='\t', quotechar='"'))
names, rows = table[0], table[1:]
texts = {'id', 'status', 'reason', 'smiles', 'notes', 'input_smiles', 'input_file', 'receptor',
         'nearest_train_ligand', 'nearest_train_pocket', 'in_domain'}
truth = {'true': True, 'false': False, '': None}
plain = lambda text: text[1:] if text[:1] == "'" and text[1:2] in ('=', '+', '-', '@') else text
lines = [json.loads(line) for line in open(folder + '/hits.jsonl')]
assert lines == [json.loads(line) for line in gzip.open(folder + '/hits.jsonl.gz', 'rt')]
file = h5py.File(folder + '/hits.h5', 'r')
assert list(file.attrs['columns']) == names and sorted(file) == sorted(names), list(file)
assert len(lines) == len(rows) > 10
for name in names:
    column = file[name].asstr()[:] if name in texts else file[name][:]
    assert len(column) == len(rows), name
    for row, line, value in zip(rows, lines, column):
        cell = plain(row[names.index(name)])
        if name in texts:
            good = value == cell and line[name] == (truth[cell] if name == 'in_domain' else cell or None)
        elif cell == '':
            good = math.isnan(value) and line[name] is None
        else:
            good = value == float(cell) == line[name]
        if not good: print(name, repr(cell), repr(line[name]), repr(value))
print(file['input_line'].dtype, file['pk_pred'].dtype, 'compared')
)";

TEST(ResultFormats, JsonLinesAndHdf5HoldWhatTheTsvHolds) {
    if (std::system("/usr/bin/python3 -c 'import h5py' 2>/dev/null") != 0)
        GTEST_SKIP() << "h5py cannot be imported by /usr/bin/python3 (apt install python3-h5py)";
    const ScreenFiles files;
    const auto library = files.folder.write("l.smi", NastyLibrary().text);
    for (const std::string ending : {".tsv", ".jsonl", ".jsonl.gz", ".h5"}) {
        const auto out = (files.folder / "hits").string() + ending;
        const auto result = run_program(files.screen({"-l", library.string(), "-o", out, "--overwrite"}));
        ASSERT_EQ(result.code, 0) << ending << result.err;
    }
    const auto script = files.folder.write("compare.py", kCompare), answer = files.folder / "answer";
    const std::string command = "/usr/bin/python3 '" + script.string() + "' '" +
                                script.parent_path().string() + "' > '" + answer.string() + "' 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(read_bytes(answer), "int64 float64 compared\n");
}

TEST(ResultFormats, Hdf5ForAPipeIsRefused) {
    const ScreenFiles files;
    const auto library = files.folder.write("l.smi", "CCO a\n");
    const auto result = run_program(files.screen({"-l", library.string(), "--format", "h5"}));
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr("cannot go to standard output"));
}

TEST(ManyReceptors, OneRowForEachOrAMatrix) {
    const ScreenFiles files;
    const auto library = files.folder.write("l.smi", "CCO a\nC1CC b\nCCCC c\n");
    files.folder.write("table.csv",
                       "name,receptor,site_ligand\nfirst,receptor.pdb,LIG:B:1\nsecond,receptor.pdb,LIG\n");
    const std::vector<std::string> common = {"screen",
                                             "-l",
                                             library.string(),
                                             "-m",
                                             files.model.string(),
                                             "--receptors",
                                             (files.folder / "table.csv").string()};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), common.begin(), common.end());
        return run_program(more);
    };
    const auto rows = with({"--columns", "receptor"});
    ASSERT_EQ(rows.code, 0) << rows.err;
    ASSERT_EQ(tsv(rows.out).size(), 7u);
    EXPECT_EQ(tsv(rows.out)[1].back(), "first");
    EXPECT_EQ(tsv(rows.out)[3].back(), "second");
    const auto matrix = with({"--matrix", "-m", files.model.string()});
    ASSERT_EQ(matrix.code, 0) << matrix.err;
    ASSERT_EQ(tsv(matrix.out).size(), 4u);
    EXPECT_EQ(tsv(matrix.out)[0].back(), "pk_pred:second");
    EXPECT_THAT(tsv(matrix.out)[0], ::testing::Contains("pk_sd_models"));

    const auto twice = run_program(files.screen({"-r", files.receptor.string(), "-l", library.string()}));
    EXPECT_EQ(twice.code, 2);
    EXPECT_THAT(twice.err, HasSubstr("two receptors are named 'receptor'"));
    const auto alone = run_program(files.screen({"--matrix", "-l", library.string()}));
    EXPECT_EQ(alone.code, 2);
    EXPECT_THAT(alone.err, HasSubstr("needs several receptors"));
    files.folder.write("bad.csv", "receptor,sight\nreceptor.pdb,LIG\n");
    const auto bad = run_program({"screen", "-l", library.string(), "-m", files.model.string(), "--receptors",
                                  (files.folder / "bad.csv").string()});
    EXPECT_EQ(bad.code, 3);
    EXPECT_THAT(bad.err, HasSubstr("unknown column 'sight'"));
}

TEST(ScreenWithKnownCompounds, CorrectsAndBelongsToThePlan) {
    const ScreenFiles files;
    const auto library = files.folder.write("l.smi", "CCO a\nCCCC c\nCCCCC d\n");
    const auto known = files.folder.write("known.csv", "smiles,pk\nCCO,9.0\nCCCC,9.5\n");
    const auto out = (files.folder / "hits.tsv").string();
    const auto plain = run_program(files.screen({"-l", library.string()}));
    const auto corrected = run_program(
        files.screen({"-l", library.string(), "--known", known.string(), "-o", out, "--keep-parts"}));
    ASSERT_EQ(plain.code, 0) << plain.err;
    ASSERT_EQ(corrected.code, 0) << corrected.err;
    EXPECT_GT(std::stod(tsv(read_bytes(out))[1][4]), std::stod(tsv(plain.out)[1][4]) + 1);
    files.folder.write("known.csv", "smiles,pk\nCCO,8.0\nCCCC,9.5\n");
    std::filesystem::remove(out + ".parts/finished");
    const auto other =
        run_program(files.screen({"-l", library.string(), "--known", known.string(), "-o", out}));
    EXPECT_EQ(other.code, 4) << other.err;
    EXPECT_THAT(other.err, HasSubstr("--known"));
}

}  // namespace
}  // namespace keyway::testing
