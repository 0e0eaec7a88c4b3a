/// Vectors in HDF5: one array "vectors" and a passport in attributes.
#include "keyway/store/vectors_file.hpp"

#include "store/hdf5.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"

#include <fmt/format.h>

#include <optional>

namespace keyway::store {
namespace {

constexpr std::string_view kVectorsFormat = "keyway library vectors";
constexpr std::int64_t kVectorsVersion = 1;
constexpr int kMaxWidth = 4096;

ArraySpec spec_of_width(int width) {
    return {"vectors", ElementType::i8, width, Shape::item,
            "unit vectors times 127, one for each ligand; all zero: none could be made"};
}

std::string content_hash(const VectorsPassport& passport, const std::string& array_sha256) {
    Sha256 hash;
    hash.update(fmt::format("{} {} {} {} {}", passport.library_sha256, passport.weights_sha256,
                            passport.ligands, passport.width, array_sha256));
    return hash.finish();
}

}  // namespace

struct VectorsWriter::Impl {
    std::filesystem::path path, part;
    VectorsPassport passport;
    ArraySpec spec;
    hdf5::Handle file;
    std::optional<hdf5::ArrayWriter> array;
    bool created = false, committed = false;

    ~Impl() {
        if (!created || committed) return;
        array.reset();
        file = {};
        std::error_code ignored;
        std::filesystem::remove(part, ignored);
    }
};

VectorsWriter::VectorsWriter(const std::filesystem::path& path, IfExists if_exists, VectorsPassport passport)
    : impl_(std::make_unique<Impl>()) {
    check_output_path(path, if_exists);
    if (passport.width < 1 || passport.width > kMaxWidth)
        throw Error(ErrorKind::failure,
                    fmt::format("expected vectors of 1 to {} numbers, got {}", kMaxWidth, passport.width));
    auto& out = *impl_;
    out.path = path;
    out.part = unique_part_path(path);
    out.spec = spec_of_width(passport.width);
    out.passport = std::move(passport);
    out.passport.ligands = 0;
    out.created = true;
    out.file = hdf5::create_file(out.part);
    out.array.emplace(out.file.get(), out.spec);
}

VectorsWriter::~VectorsWriter() = default;

void VectorsWriter::append(std::span<const std::int8_t> vectors) {
    hdf5::start();
    const auto width = static_cast<std::size_t>(impl_->passport.width);
    if (vectors.size() % width != 0) throw Error(ErrorKind::failure, "vectors of another width");
    impl_->array->append(vectors.data(), vectors.size() / width);
}

void VectorsWriter::commit() {
    hdf5::start();
    auto& out = *impl_;
    out.passport.ligands = out.array->rows();
    out.passport.content_sha256 = content_hash(out.passport, out.array->finish());
    out.array.reset();
    const hid_t root = out.file.get();
    hdf5::write_attribute(root, "format", kVectorsFormat);
    hdf5::write_attribute(root, "version", kVectorsVersion);
    hdf5::write_attribute(root, "library_sha256", out.passport.library_sha256);
    hdf5::write_attribute(root, "weights_sha256", out.passport.weights_sha256);
    hdf5::write_attribute(root, "created_by", out.passport.created_by);
    hdf5::write_attribute(root, "ligands", static_cast<std::int64_t>(out.passport.ligands));
    hdf5::write_attribute(root, "width", std::int64_t{out.passport.width});
    hdf5::write_attribute(root, "content_sha256", out.passport.content_sha256);
    hdf5::commit_verified(out.file, out.part, out.path, [&] { VectorsReader(out.part).verify(); });
    out.committed = true;
}

struct VectorsReader::Impl {
    std::filesystem::path path;
    hdf5::Handle file;
    VectorsPassport passport;
    ArraySpec spec;
    std::optional<hdf5::ArrayReader> array;

    void open() {
        const hid_t root = file.get();
        const auto refuse = [](const std::string& why) { throw Error(ErrorKind::incompatible, why); };
        if (hdf5::read_text_attribute(root, "format") != kVectorsFormat)
            refuse("it does not hold the vectors of a library");
        if (const auto found = hdf5::read_number_attribute(root, "version"); found != kVectorsVersion)
            refuse(fmt::format("its version is {}, this program reads {}", found, kVectorsVersion));
        passport.library_sha256 = hdf5::read_text_attribute(root, "library_sha256");
        passport.weights_sha256 = hdf5::read_text_attribute(root, "weights_sha256");
        passport.created_by = hdf5::read_text_attribute(root, "created_by");
        passport.content_sha256 = hdf5::read_text_attribute(root, "content_sha256");
        const auto width = hdf5::read_number_attribute(root, "width");
        if (width < 1 || width > kMaxWidth)
            refuse(fmt::format("its width is {}, expected 1 to {}", width, kMaxWidth));
        passport.width = static_cast<int>(width);
        spec = spec_of_width(passport.width);
        array.emplace(root, spec, std::filesystem::file_size(path));
        passport.ligands = array->rows();
        if (const auto found = hdf5::read_number_attribute(root, "ligands");
            found < 0 || static_cast<std::uint64_t>(found) != passport.ligands)
            refuse(fmt::format("it claims {} ligands and has {}", found, passport.ligands));
    }
};

VectorsReader::VectorsReader(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
    impl_->path = path;
    hdf5::naming_file(impl_->path, [&] {
        impl_->file = hdf5::open_file(path);
        impl_->open();
    });
}
VectorsReader::~VectorsReader() = default;
VectorsReader::VectorsReader(VectorsReader&&) noexcept = default;

const VectorsPassport& VectorsReader::passport() const { return impl_->passport; }

std::vector<std::int8_t> VectorsReader::read(std::uint64_t first, std::uint64_t count) const {
    return hdf5::naming_file(impl_->path, [&] {
        std::vector<std::int8_t> vectors(count * static_cast<std::size_t>(impl_->passport.width));
        impl_->array->read(first, count, vectors.data());
        return vectors;
    });
}

void VectorsReader::verify() const {
    hdf5::naming_file(impl_->path, [&] {
        if (content_hash(impl_->passport, impl_->array->sha256()) != impl_->passport.content_sha256)
            throw Error(ErrorKind::incompatible, "its vectors do not have the SHA-256 of its passport");
    });
}

}  // namespace keyway::store
