/// A screen of some hundred records in small chunks, and what it must give whatever happens to it.
#pragma once

#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include "keyway/core/output_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace keyway::testing {

struct LongScreen : ::testing::Test {
    static std::string library_text(int count) {
        std::string text = NastyLibrary().text;
        for (int i = 0; i < count; ++i)
            text += std::string(1 + i % 30, 'C') + "\tm" + std::to_string(i) + "\n";
        return text;
    }

    ScreenFiles files;
    std::filesystem::path library = files.folder.write("l.smi", library_text(300));
    std::filesystem::path folder = files.folder / "results";
    std::filesystem::path out = folder / "hits.tsv";
    std::string golden, golden_rejected;

    LongScreen() {
        std::filesystem::create_directory(folder);
        const auto path = files.folder / "golden.tsv";
        EXPECT_EQ(run_program(command({"-o", path.string(), "-q"})).code, 0);
        golden = read_bytes(path);
        golden_rejected = read_bytes(files.folder / "golden.rejected.smi");
        EXPECT_GT(golden.size(), 10000u);
        EXPECT_GT(golden_rejected.size(), 10u);
    }

    std::vector<std::string> command(const std::vector<std::string>& more) const {
        auto words = files.screen({"-l", library.string(), "--chunk-size", "50", "-t", "2"});
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }

    void expect_complete() const {
        EXPECT_TRUE(read_bytes(out) == golden) << "the table differs from the uninterrupted one";
        EXPECT_TRUE(read_bytes(folder / "hits.rejected.smi") == golden_rejected);
        EXPECT_TRUE(std::filesystem::exists(out.string() + ".run.json"));
        // Killed at its very last call, a run leaves an empty folder.
        const std::filesystem::path parts = out.string() + ".parts";
        EXPECT_TRUE(!std::filesystem::exists(parts) || std::filesystem::is_empty(parts));
    }

    /// A file under its final name is whole, or not there.
    void expect_nothing_half_done() const {
        if (std::filesystem::exists(out)) EXPECT_TRUE(read_bytes(out) == golden);
    }

    void clear() const {
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            std::filesystem::remove_all(entry.path());
    }
};

}  // namespace keyway::testing
