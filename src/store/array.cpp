/// One array of the schema in an HDF5 file: appended chunk by chunk, read slab by slab, suspected before
/// both.
#include "store/hdf5.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace keyway::store::hdf5 {
namespace {

hid_t type_of(ElementType type) {
    switch (type) {
        case ElementType::text:
        case ElementType::u8:
            return H5T_STD_U8LE;
        case ElementType::i8:
            return H5T_STD_I8LE;
        case ElementType::u16:
            return H5T_STD_U16LE;
        case ElementType::i16:
            return H5T_STD_I16LE;
        case ElementType::i32:
            return H5T_STD_I32LE;
        case ElementType::i64:
            return H5T_STD_I64LE;
        case ElementType::f32:
            return H5T_IEEE_F32LE;
        case ElementType::f64:
            return H5T_IEEE_F64LE;
    }
    return -1;
}

int rank_of(const ArraySpec& spec) { return spec.columns == 1 ? 1 : 2; }

[[noreturn]] void refuse(const ArraySpec& spec, const std::string& why) {
    throw Error(ErrorKind::incompatible, fmt::format("array '{}' {}", spec.path, why));
}

/// A hole (a chunk that never reached the disk) must not look like data: NaN, or all bits set.
void set_fill_value(hid_t properties, ElementType type) {
    const float nan32 = std::numeric_limits<float>::quiet_NaN();
    const double nan64 = std::numeric_limits<double>::quiet_NaN();
    const std::uint64_t all_bits = ~std::uint64_t{0};
    const void* value = type == ElementType::f32   ? static_cast<const void*>(&nan32)
                        : type == ElementType::f64 ? static_cast<const void*>(&nan64)
                                                   : static_cast<const void*>(&all_bits);
    if (H5Pset_fill_value(properties, type_of(type), value) < 0)
        fail(ErrorKind::failure, "cannot set a fill value");
}

/// "element,residue_type,...": empty for arrays without named columns.
std::string column_names(const ArraySpec& spec) {
    std::string text;
    const auto join = [&](const auto& columns) {
        for (const auto& column : columns) {
            if (!text.empty()) text += ',';
            text += column.name;
        }
    };
    if (spec.path == spec_of(Array::pocket_columns).path) join(kPocketColumns);
    if (spec.path == spec_of(Array::ligand_columns).path) join(kLigandColumns);
    return text;
}

/// Every step of the path must be a hard link: soft and external links lead out of the file.
void check_links(hid_t file, const ArraySpec& spec) {
    const std::string path(spec.path);
    for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
        const std::string step = path.substr(0, end);
        H5L_info_t info;
        if (H5Lexists(file, step.c_str(), H5P_DEFAULT) <= 0) refuse(spec, "is missing");
        if (H5Lget_info(file, step.c_str(), &info, H5P_DEFAULT) < 0)
            fail(ErrorKind::incompatible, fmt::format("cannot look at '{}'", step));
        if (info.type != H5L_TYPE_HARD)
            refuse(spec, fmt::format("is reached over a {} link, which is not followed",
                                     info.type == H5L_TYPE_EXTERNAL ? "external" : "soft"));
        if (end == std::string::npos) return;
    }
}

}  // namespace

ArrayWriter::ArrayWriter(hid_t file, const ArraySpec& spec, Packing packing)
    : spec_(&spec), chunk_rows_(std::max<std::uint64_t>(1, kChunkBytes / row_bytes(spec))) {
    const std::string what = fmt::format("cannot create the array '{}'", spec.path);
    const std::array<hsize_t, 2> none{0, static_cast<hsize_t>(spec.columns)};
    const std::array<hsize_t, 2> any{H5S_UNLIMITED, static_cast<hsize_t>(spec.columns)};
    const std::array<hsize_t, 2> chunk{chunk_rows_, static_cast<hsize_t>(spec.columns)};
    Handle space(H5Screate_simple(rank_of(spec), none.data(), any.data()), H5Sclose, ErrorKind::output, what);
    Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, ErrorKind::output, what);
    H5Pset_obj_track_times(creation.get(), false);
    constexpr unsigned kFastest = 1;
    if (H5Pset_chunk(creation.get(), rank_of(spec), chunk.data()) < 0 ||
        (packing == Packing::compressed &&
         (H5Pset_shuffle(creation.get()) < 0 || H5Pset_deflate(creation.get(), kFastest) < 0)) ||
        H5Pset_fletcher32(creation.get()) < 0)
        fail(ErrorKind::output, what);
    set_fill_value(creation.get(), spec.type);
    dataset_ = Handle(H5Dcreate2(file, std::string(spec.path).c_str(), type_of(spec.type), space.get(),
                                 H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                      H5Dclose, ErrorKind::output, what);
    write_attribute(dataset_.get(), "meaning", spec.meaning);
    if (const std::string names = column_names(spec); !names.empty())
        write_attribute(dataset_.get(), "column_names", names);
    buffer_.reserve(chunk_rows_ * row_bytes(spec));
}

void ArrayWriter::append(const void* rows, std::uint64_t count) {
    if (count == 0) return;
    hash_.update(rows, count * row_bytes(*spec_));
    rows_ += count;
    const std::uint64_t chunk_bytes = chunk_rows_ * row_bytes(*spec_);
    const auto* next = static_cast<const std::byte*>(rows);
    for (std::uint64_t bytes = count * row_bytes(*spec_); bytes > 0;) {
        const std::uint64_t taken = std::min<std::uint64_t>(bytes, chunk_bytes - buffer_.size());
        buffer_.insert(buffer_.end(), next, next + taken);
        next += taken;
        bytes -= taken;
        if (buffer_.size() == chunk_bytes) flush();
    }
}

void ArrayWriter::flush() {
    if (buffer_.empty()) return;
    const std::string what = fmt::format("cannot write the array '{}'", spec_->path);
    const std::uint64_t count = buffer_.size() / row_bytes(*spec_);
    const std::array<hsize_t, 2> first{written_, 0};
    const std::array<hsize_t, 2> slab{count, static_cast<hsize_t>(spec_->columns)};
    const std::array<hsize_t, 2> total{written_ + count, static_cast<hsize_t>(spec_->columns)};
    if (H5Dset_extent(dataset_.get(), total.data()) < 0) fail(ErrorKind::output, what);
    Handle space(H5Dget_space(dataset_.get()), H5Sclose, ErrorKind::output, what);
    Handle memory(H5Screate_simple(rank_of(*spec_), slab.data(), nullptr), H5Sclose, ErrorKind::output, what);
    if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, first.data(), nullptr, slab.data(), nullptr) < 0 ||
        H5Dwrite(dataset_.get(), type_of(spec_->type), memory.get(), space.get(), H5P_DEFAULT,
                 buffer_.data()) < 0)
        fail(ErrorKind::output, what);
    written_ += count;
    buffer_.clear();
}

std::string ArrayWriter::finish() {
    flush();
    dataset_.close(fmt::format("cannot write the array '{}'", spec_->path));
    return hash_.finish();
}

ArrayReader::ArrayReader(hid_t file, const ArraySpec& spec, std::uint64_t file_bytes) : spec_(&spec) {
    const std::string what = fmt::format("cannot read the array '{}'", spec.path);
    check_links(file, spec);
    dataset_ = Handle(H5Dopen2(file, std::string(spec.path).c_str(), H5P_DEFAULT), H5Dclose,
                      ErrorKind::incompatible, what);
    const Handle type(H5Dget_type(dataset_.get()), H5Tclose, ErrorKind::incompatible, what);
    if (H5Tequal(type.get(), type_of(spec.type)) <= 0)
        refuse(spec, "has another number type than the schema says");
    const Handle space(H5Dget_space(dataset_.get()), H5Sclose, ErrorKind::incompatible, what);
    std::array<hsize_t, 2> dims{0, 1};
    if (H5Sget_simple_extent_ndims(space.get()) != rank_of(spec) ||
        H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr) < 0 ||
        dims[1] != static_cast<hsize_t>(spec.columns))
        refuse(spec, fmt::format("has another shape, expected [rows, {}]", spec.columns));
    rows_ = dims[0];
    check_storage(file_bytes);
}

void ArrayReader::check_storage(std::uint64_t file_bytes) const {
    const std::string what = fmt::format("cannot read how the array '{}' is stored", spec_->path);
    const Handle creation(H5Dget_create_plist(dataset_.get()), H5Pclose, ErrorKind::incompatible, what);
    if (H5Pget_layout(creation.get()) != H5D_CHUNKED) {
        const bool outside = H5Pget_external_count(creation.get()) > 0;
        refuse(*spec_,
               outside ? "keeps its data in another file, which is not followed" : "is not stored in chunks");
    }
    std::array<hsize_t, 2> chunk{0, 1};
    if (H5Pget_chunk(creation.get(), rank_of(*spec_), chunk.data()) != rank_of(*spec_) || chunk[0] == 0 ||
        chunk[1] != static_cast<hsize_t>(spec_->columns) || chunk[0] > kMaxChunkBytes / row_bytes(*spec_))
        refuse(*spec_, "has chunks of an unexpected shape");

    bool checksummed = false;
    for (int k = 0; k < H5Pget_nfilters(creation.get()); ++k) {
        unsigned flags = 0;
        std::size_t values = 0;
        const H5Z_filter_t filter = H5Pget_filter2(creation.get(), static_cast<unsigned>(k), &flags, &values,
                                                   nullptr, 0, nullptr, nullptr);
        if (filter != H5Z_FILTER_FLETCHER32 && filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE)
            refuse(*spec_, fmt::format("uses the filter {}, expected only shuffle, deflate and fletcher32",
                                       static_cast<int>(filter)));
        checksummed |= filter == H5Z_FILTER_FLETCHER32;
    }
    if (!checksummed) refuse(*spec_, "has no checksums (fletcher32)");

    const std::uint64_t most =
        std::min(kMaxArrayBytes, file_bytes * kMaxArrayBytesPerFileByte) / row_bytes(*spec_);
    if (rows_ > most)
        refuse(*spec_,
               fmt::format("claims {} rows, more than a file of {} bytes can hold", rows_, file_bytes));
    const Handle space(H5Dget_space(dataset_.get()), H5Sclose, ErrorKind::incompatible, what);
    hsize_t chunks = 0;
    if (H5Dget_num_chunks(dataset_.get(), space.get(), &chunks) < 0) fail(ErrorKind::incompatible, what);
    const std::uint64_t expected = (rows_ + chunk[0] - 1) / chunk[0];
    if (chunks != expected)
        refuse(*spec_, fmt::format("has holes: {} of {} chunks are there", chunks, expected));
}

void ArrayReader::check_range(std::uint64_t first, std::uint64_t count) const {
    if (first > rows_ || count > rows_ - first)
        refuse(*spec_, fmt::format("has {} rows, asked for {} from {}", rows_, count, first));
}

void ArrayReader::read(std::uint64_t first, std::uint64_t count, void* out) const {
    check_range(first, count);
    if (count == 0) return;
    const std::string what = fmt::format("cannot read the array '{}'", spec_->path);
    const std::array<hsize_t, 2> start{first, 0};
    const std::array<hsize_t, 2> slab{count, static_cast<hsize_t>(spec_->columns)};
    const Handle space(H5Dget_space(dataset_.get()), H5Sclose, ErrorKind::incompatible, what);
    const Handle memory(H5Screate_simple(rank_of(*spec_), slab.data(), nullptr), H5Sclose,
                        ErrorKind::incompatible, what);
    if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, slab.data(), nullptr) < 0 ||
        H5Dread(dataset_.get(), type_of(spec_->type), memory.get(), space.get(), H5P_DEFAULT, out) < 0)
        fail(ErrorKind::incompatible, what + " (damaged)");
}

std::string ArrayReader::sha256() const {
    Sha256 hash;
    const std::uint64_t slab = std::max<std::uint64_t>(1, (1 << 20) / row_bytes(*spec_));
    std::vector<std::byte> buffer(slab * row_bytes(*spec_));
    for (std::uint64_t first = 0; first < rows_; first += slab) {
        const std::uint64_t count = std::min(slab, rows_ - first);
        read(first, count, buffer.data());
        hash.update(buffer.data(), count * row_bytes(*spec_));
    }
    return hash.finish();
}

}  // namespace keyway::store::hdf5
