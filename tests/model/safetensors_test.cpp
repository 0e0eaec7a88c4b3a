/// Safetensors: round trip, and a table of attacks each of which is refused for its own reason.
#include "model/safetensors.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"
#include "keyway/core/sha256.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

namespace keyway::model {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

template <class T>
std::span<const std::byte> as_bytes(const std::vector<T>& values) {
    return std::as_bytes(std::span(values));
}

class Safetensors : public ::testing::Test {
protected:
    testing::TemporaryFolder folder_;
    fs::path path_ = folder_ / "file.safetensors";
    std::vector<float> weight_ = {1.5f, -2.0f, 3.25f, 0.0f, -0.0f, 1e-38f};
    std::vector<double> table_ = {0.1, -1e300};
    std::vector<std::int64_t> steps_ = {-1, 1ll << 40};
    std::vector<std::uint8_t> state_ = {0, 255, 7};

    std::vector<TensorBytes> tensors() const {
        return {{{"layer.0/weight", TensorType::f32, {2, 3}}, as_bytes(weight_)},
                {{"empty", TensorType::f32, {0, 4}}, {}},
                {{"state", TensorType::u8, {3}}, as_bytes(state_)},
                {{"table", TensorType::f64, {2}}, as_bytes(table_)},
                {{"steps", TensorType::i64, {2, 1}}, as_bytes(steps_)},
                {{"scalar", TensorType::f32, {}}, as_bytes(weight_).first(4)}};
    }

    std::string read_all() const {
        std::ifstream in(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write_all(const std::string& bytes) const {
        std::ofstream(path_, std::ios::binary)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    /// A file with this header and so many bytes of zeros.
    static std::string file(const std::string& header, std::size_t data_bytes = 0) {
        std::uint64_t length = header.size();
        std::string bytes(8, '\0');
        std::memcpy(bytes.data(), &length, 8);
        return bytes + header + std::string(data_bytes, '\0');
    }
    std::string refusal(const std::string& bytes) const {
        folder_.write("file.safetensors", bytes);
        try {
            TensorFile{path_};
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::incompatible) << error.what();
            EXPECT_THAT(error.what(), HasSubstr(path_.string()));
            return error.what();
        }
        return "";
    }
};

TEST_F(Safetensors, RoundTripKeepsNamesShapesBytesAndMetadata) {
    write_tensor_file(path_, tensors(), {{"who", "line\n\"quoted\" \xce\xb5"}, {"empty", ""}});
    const TensorFile file(path_);

    EXPECT_EQ(file.metadata(), (Metadata{{"who", "line\n\"quoted\" \xce\xb5"}, {"empty", ""}}));
    EXPECT_EQ(file.tensor_sha256(), sha256_of_tensors(tensors()));
    std::vector<TensorSpec> specs;
    for (const TensorBytes& tensor : tensors()) {
        specs.push_back(tensor.spec);
        const auto read = file.bytes(tensor.spec.name, tensor.spec.type);
        EXPECT_TRUE(std::equal(read.begin(), read.end(), tensor.bytes.begin(), tensor.bytes.end()))
            << tensor.spec.name;
    }
    EXPECT_NO_THROW(file.expect(specs));
}

TEST_F(Safetensors, LayoutIsTheOneOthersRead) {
    write_tensor_file(path_, tensors(), {});
    const std::string bytes = read_all();
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), 8);

    EXPECT_EQ(header % 8, 0u);
    EXPECT_EQ(bytes[8], '{');
    EXPECT_THAT(bytes, HasSubstr(R"("layer.0/weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]})"));
    EXPECT_EQ(bytes.size(), 8 + header + 24 + 3 + 16 + 16 + 4);
}

TEST_F(Safetensors, SameContentGivesTheSameBytes) {
    write_tensor_file(path_, tensors(), {{"b", "2"}, {"a", "1"}});
    const std::string first = read_all();
    write_tensor_file(path_, tensors(), {{"a", "1"}, {"b", "2"}});

    EXPECT_EQ(read_all(), first);
}

TEST_F(Safetensors, EveryTruncationIsRefused) {
    write_tensor_file(path_, tensors(), {{"who", "me"}});
    const std::string good = read_all();
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_NE(refusal(good.substr(0, length)), "") << "accepted " << length << " of " << good.size();
    EXPECT_THAT(refusal(good + std::string(1, '\0')), HasSubstr("surplus bytes"));
}

TEST_F(Safetensors, EveryBitFlipIsRefused) {
    write_tensor_file(path_, tensors(), {{"who", "me"}});
    const std::string good = read_all();
    Random random(20240521);
    for (int trial = 0; trial < 800; ++trial) {
        std::string bad = good;
        const auto at = random.below(bad.size());
        const auto bit = random.below(8);
        bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
        EXPECT_NE(refusal(bad), "") << "accepted a flip of bit " << bit << " of byte " << at;
    }
}

TEST_F(Safetensors, AttacksAreRefusedForTheirOwnReason) {
    const std::string meta = R"("__metadata__":{"sha256":"0"})";
    const auto tensor = [](const std::string& name, const std::string& dtype, const std::string& shape,
                           const std::string& offsets) {
        std::string entry = "\"";
        entry += name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets;
        return entry += "}";
    };
    const auto with = [&](const std::string& entry) { return "{" + meta + "," + entry + "}"; };
    std::string many = "{" + meta;
    for (int i = 0; i < 10'002; ++i) {
        many += ",";
        many += tensor(std::string("t").append(std::to_string(i)), "U8", "[0]", "[0,0]");
    }
    many += "}";

    const struct {
        const char *attack, *reason;
        std::string bytes;
    } attacks[] = {
        {"empty file", "shorter than 8 bytes", ""},
        {"length only", "no safetensors file", std::string(8, '\0')},
        {"header of 2^63 bytes", "header exceeds 1 MiB", std::string(7, '\0') + "\x80{}"},
        {"header of 1 GB", "header exceeds 1 MiB", std::string("\0\0\0\x40\0\0\0\0{}", 10)},
        {"pickle", "no safetensors file", "PK\x03\x04" + std::string(100, 'a')},
        {"HDF5", "no safetensors file", std::string("\x89HDF\r\n\x1a\n") + std::string(100, 'a')},
        {"leading space", "does not start with {", file(" {" + meta + "}")},
        {"array", "does not start with {", file("[1]")},
        {"broken JSON", "not valid JSON", file("{\"a\":")},
        {"text after the header", "not valid JSON", file("{" + meta + "} x")},
        {"not UTF-8", "not valid JSON", file("{\"a\":\"\xff\"}")},
        {"deep nesting", "nested too deeply",
         file("{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}")},
        {"no metadata", "no __metadata__", file("{" + tensor("a", "U8", "[1]", "[0,1]") + "}", 1)},
        {"metadata is a list", "not an object", file(R"({"__metadata__":[]})")},
        {"metadata is no text", "is not text", file(R"({"__metadata__":{"sha256":1}})")},
        {"no checksum", "lack \"sha256\"", file(R"({"__metadata__":{}})")},
        {"wrong checksum", "checksum does not fit", file("{" + meta + "}")},
        {"duplicate tensor", "\"a\" twice",
         file(with(tensor("a", "U8", "[1]", "[0,1]") + "," + tensor("a", "U8", "[1]", "[0,1]")), 1)},
        {"duplicate key inside", "\"dtype\" twice",
         file(with(R"("a":{"dtype":"U8","dtype":"F32","shape":[1],"data_offsets":[0,1]})"), 1)},
        {"extra key inside", "expected dtype, shape and data_offsets",
         file(with(R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"code":"x"})"), 1)},
        {"missing shape", "expected dtype, shape and data_offsets",
         file(with(R"("a":{"dtype":"U8","data_offsets":[0,1]})"), 1)},
        {"tensor is a number", "expected dtype, shape and data_offsets", file(with(R"("a":1)"))},
        {"unknown dtype", "unknown dtype", file(with(tensor("a", "BF16", "[1]", "[0,2]")), 2)},
        {"dtype is a number", "unknown dtype",
         file(with(R"("a":{"dtype":4,"shape":[1],"data_offsets":[0,1]})"), 1)},
        {"path as a name", "unusual name", file(with(tensor("a b\\u0000", "U8", "[1]", "[0,1]")), 1)},
        {"empty name", "unusual name", file(with(tensor("", "U8", "[1]", "[0,1]")), 1)},
        {"negative length", "must be a whole number", file(with(tensor("a", "U8", "[-1]", "[0,1]")), 1)},
        {"fractional length", "must be a whole number", file(with(tensor("a", "U8", "[1.0]", "[0,1]")), 1)},
        {"length of 2^64", "must be a whole number",
         file(with(tensor("a", "U8", "[18446744073709551616]", "[0,1]")), 1)},
        {"product overflows to 0", "overflows",
         file(with(tensor("a", "F32", "[4294967296,1073741824,4]", "[0,0]")))},
        {"huge shape", "too large", file(with(tensor("a", "U8", "[18446744073709551615]", "[0,1]")), 1)},
        {"too many dimensions", "bad shape",
         file(with(tensor("a", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]")), 1)},
        {"shape is text", "bad shape", file(with(tensor("a", "U8", "\"1\"", "[0,1]")), 1)},
        {"one offset", "bad data_offsets", file(with(tensor("a", "U8", "[1]", "[0]")), 1)},
        {"offsets reversed", "do not fit", file(with(tensor("a", "U8", "[1]", "[1,0]")), 1)},
        {"offsets larger than shape", "do not fit", file(with(tensor("a", "U8", "[1]", "[0,2]")), 2)},
        {"hole at the start", "missing or used twice", file(with(tensor("a", "U8", "[1]", "[1,2]")), 2)},
        {"hole between", "missing or used twice",
         file(with(tensor("a", "U8", "[1]", "[0,1]") + "," + tensor("b", "U8", "[1]", "[2,3]")), 3)},
        {"overlap", "missing or used twice",
         file(with(tensor("a", "U8", "[2]", "[0,2]") + "," + tensor("b", "U8", "[2]", "[1,3]")), 3)},
        {"same bytes twice", "missing or used twice",
         file(with(tensor("a", "U8", "[2]", "[0,2]") + "," + tensor("b", "U8", "[2]", "[0,2]")), 2)},
        {"beyond the file", "truncated", file(with(tensor("a", "U8", "[1000000000]", "[0,1000000000]")), 8)},
        {"surplus data", "surplus", file(with(tensor("a", "U8", "[1]", "[0,1]")), 9)},
        {"too many tensors", "more than 10000", file(many)},
    };
    for (const auto& [attack, reason, bytes] : attacks)
        EXPECT_THAT(refusal(bytes), HasSubstr(reason)) << attack;
}

TEST_F(Safetensors, NumbersThatAreNotFiniteAreNeitherWrittenNorRead) {
    for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
        weight_[4] = bad;
        EXPECT_THROW(write_tensor_file(path_, tensors(), {}), Error);
        EXPECT_FALSE(fs::exists(path_));
    }
}

TEST_F(Safetensors, ForeignFileWithARightChecksumIsStillSearchedForNan) {
    const auto file_of = [](float value) {
        const std::string tensor(reinterpret_cast<const char*>(&value), sizeof value);
        Sha256 hash;  // no metadata; then name, type, shape and the hash of the bytes, each after its length
        for (const std::string& text :
             {std::string("a"), std::string("F32"), std::string("1"), sha256_of(tensor)}) {
            const std::uint64_t length = text.size();
            hash.update(&length, sizeof length);
            hash.update(text);
        }
        return file(R"({"__metadata__":{"sha256":")" + hash.finish() +
                    R"("},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})") +
               tensor;
    };
    EXPECT_EQ(refusal(file_of(1.0f)), "");
    EXPECT_THAT(refusal(file_of(std::nanf(""))), HasSubstr("tensor a has a value that is not finite"));
}

TEST_F(Safetensors, WriterRefusesWhatTheReaderWould) {
    auto twice = tensors();
    twice[1].spec.name = twice[0].spec.name;
    EXPECT_THROW(write_tensor_file(path_, twice, {}), Error);
    auto wrong_size = tensors();
    wrong_size[0].spec.shape = {7};
    EXPECT_THROW(write_tensor_file(path_, wrong_size, {}), Error);
    EXPECT_THROW(write_tensor_file(path_, tensors(), {{"big", std::string(2 << 20, 'x')}}), Error);
    EXPECT_THROW(write_tensor_file(path_, tensors(), {{"latin", "\xfc"}}), Error);
    EXPECT_FALSE(fs::exists(path_));
}

TEST_F(Safetensors, ExpectNamesMissingSurplusAndDifferentTensors) {
    write_tensor_file(path_, tensors(), {});
    const TensorFile file(path_);
    const auto said = [&](auto change) -> std::string {
        std::vector<TensorSpec> specs = file.tensors();
        change(specs);
        try {
            file.expect(specs);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::incompatible);
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(said([](auto& s) { std::swap(s[0], s[2]); }), "");
    EXPECT_THAT(said([](auto& s) {
                    s.push_back({"new", TensorType::f32, {1}});
                }),
                HasSubstr("new is missing"));
    EXPECT_THAT(said([](auto& s) { s.erase(s.begin()); }), HasSubstr("unexpected tensor layer.0/weight"));
    EXPECT_THAT(said([](auto& s) { s[0].shape = {3, 2}; }), HasSubstr("expected F32 [3, 2], got F32 [2, 3]"));
    EXPECT_THAT(said([](auto& s) { s[0].type = TensorType::f64; }), HasSubstr("expected F64"));
}

TEST_F(Safetensors, MissingFileAndFolderAreInputErrors) {
    for (const fs::path& path : {path_, folder_.path()}) {
        try {
            TensorFile{path};
            FAIL() << path;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
        }
    }
}

}  // namespace
}  // namespace keyway::model
