/// Tables in HDF5, a block of rows at a time.
#include "keyway/store/table_file.hpp"

#include "store/hdf5.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <limits>
#include <utility>

namespace keyway::store {
namespace {

using hdf5::Handle;
constexpr hsize_t kBlockRows = 8192;

Handle memory_type(ColumnType type, const std::string& what) {
    Handle handle(H5Tcopy(type == ColumnType::text    ? H5T_C_S1
                          : type == ColumnType::whole ? H5T_NATIVE_INT64
                                                      : H5T_NATIVE_DOUBLE),
                  H5Tclose, ErrorKind::failure, what);
    if (type == ColumnType::text) {
        H5Tset_size(handle.get(), H5T_VARIABLE);
        H5Tset_cset(handle.get(), H5T_CSET_UTF8);
    }
    return handle;
}

/// HDF5 lists datasets by name; this is their order.
void write_column_names(hid_t file, const std::vector<TableColumn>& columns) {
    const std::string what = "cannot write the attribute 'columns'";
    std::vector<const char*> names;
    for (const auto& column : columns) names.push_back(column.name.c_str());
    const hsize_t count = names.size();
    const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose, ErrorKind::output, what);
    const Handle type = memory_type(ColumnType::text, what);
    Handle attribute(H5Acreate2(file, "columns", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                     ErrorKind::output, what);
    if (H5Awrite(attribute.get(), type.get(), names.data()) < 0) hdf5::fail(ErrorKind::output, what);
    attribute.close(what);
}

class Column {
public:
    Column(hid_t file, const TableColumn& column)
        : type_(column.type), what_(fmt::format("cannot write the column '{}'", column.name)) {
        const hsize_t none = 0, any = H5S_UNLIMITED;
        Handle space(H5Screate_simple(1, &none, &any), H5Sclose, ErrorKind::output, what_);
        Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, ErrorKind::output, what_);
        H5Pset_obj_track_times(creation.get(), false);
        H5Pset_chunk(creation.get(), 1, &kBlockRows);
        H5Pset_shuffle(creation.get());
        H5Pset_deflate(creation.get(), 1);
        memory_type_ = memory_type(type_, what_);
        dataset_ = Handle(H5Dcreate2(file, column.name.c_str(), memory_type_.get(), space.get(), H5P_DEFAULT,
                                     creation.get(), H5P_DEFAULT),
                          H5Dclose, ErrorKind::output, what_);
    }

    void add(const std::string& field) {
        if (type_ == ColumnType::text) {
            texts_.push_back(field);
            return;
        }
        char* end = nullptr;
        const double value = std::strtod(field.c_str(), &end);
        const bool is_good = !field.empty() && *end == '\0';
        if (type_ == ColumnType::real)
            reals_.push_back(is_good ? value : std::numeric_limits<double>::quiet_NaN());
        else
            wholes_.push_back(is_good ? std::strtoll(field.c_str(), nullptr, 10) : 0);
    }

    void flush() {
        const hsize_t count = texts_.size() + wholes_.size() + reals_.size(), total = written_ + count;
        if (count == 0) return;
        if (H5Dset_extent(dataset_.get(), &total) < 0) hdf5::fail(ErrorKind::output, what_);
        const Handle space(H5Dget_space(dataset_.get()), H5Sclose, ErrorKind::output, what_);
        const Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose, ErrorKind::output, what_);
        std::vector<const char*> pointers;
        for (const auto& text : texts_) pointers.push_back(text.c_str());
        const void* data = type_ == ColumnType::text    ? static_cast<const void*>(pointers.data())
                           : type_ == ColumnType::whole ? static_cast<const void*>(wholes_.data())
                                                        : static_cast<const void*>(reals_.data());
        if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &written_, nullptr, &count, nullptr) < 0 ||
            H5Dwrite(dataset_.get(), memory_type_.get(), memory.get(), space.get(), H5P_DEFAULT, data) < 0)
            hdf5::fail(ErrorKind::output, what_);
        written_ = total;
        texts_.clear();
        wholes_.clear();
        reals_.clear();
    }

    void close() {
        flush();
        dataset_.close(what_);
    }

private:
    ColumnType type_;
    std::string what_;
    Handle memory_type_, dataset_;
    hsize_t written_ = 0;
    std::vector<std::string> texts_;
    std::vector<long long> wholes_;
    std::vector<double> reals_;
};

}  // namespace

struct TableFileWriter::Impl {
    std::filesystem::path path;
    Handle file;
    std::vector<Column> columns;
    hsize_t rows = 0;
};

TableFileWriter::TableFileWriter(const std::filesystem::path& path, std::vector<TableColumn> columns)
    : impl_(std::make_unique<Impl>()) {
    impl_->path = path;
    impl_->file = hdf5::create_file(path);
    write_column_names(impl_->file.get(), columns);
    for (const auto& column : columns) impl_->columns.emplace_back(impl_->file.get(), column);
}

TableFileWriter::~TableFileWriter() = default;

void TableFileWriter::add(const std::vector<std::string>& fields) {
    if (fields.size() != impl_->columns.size())
        throw Error(ErrorKind::failure, "a row with another number of fields than the table");
    hdf5::start();
    for (std::size_t i = 0; i < fields.size(); ++i) impl_->columns[i].add(fields[i]);
    if (++impl_->rows % kBlockRows != 0) return;
    for (auto& column : impl_->columns) column.flush();
}

void TableFileWriter::close() {
    hdf5::start();
    for (auto& column : impl_->columns) column.close();
    impl_->file.close(fmt::format("cannot write '{}'", impl_->path.string()));
}

}  // namespace keyway::store
