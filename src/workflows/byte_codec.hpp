/// Structs to bytes and back, for two ends of one program on one machine; the reading end trusts no length.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace keyway::workflows {

class ByteWriter {
public:
    template <class T>
    ByteWriter& add(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    ByteWriter& add(const std::string& text) {
        add(static_cast<std::uint64_t>(text.size()));
        bytes_ += text;
        return *this;
    }
    template <class T>
    ByteWriter& add(const std::vector<T>& rows) {
        static_assert(std::is_trivially_copyable_v<T>);
        add(static_cast<std::uint64_t>(rows.size()));
        bytes_.append(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(T));
        return *this;
    }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

/// Throws std::length_error where the bytes end too early.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

    template <class T>
    ByteReader& get(T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return *this;
    }
    ByteReader& get(std::string& text) {
        text = take(length(1));
        return *this;
    }
    template <class T>
    ByteReader& get(std::vector<T>& rows) {
        const std::uint64_t count = length(sizeof(T));
        rows.resize(count);
        if (count > 0) std::memcpy(rows.data(), take(count * sizeof(T)).data(), count * sizeof(T));
        return *this;
    }
    bool at_end() const { return bytes_.empty(); }

private:
    std::uint64_t length(std::size_t item_bytes) {
        std::uint64_t count = 0;
        get(count);
        if (count > bytes_.size() / item_bytes) throw std::length_error("the bytes end too early");
        return count;
    }
    std::string_view take(std::size_t count) {
        if (count > bytes_.size()) throw std::length_error("the bytes end too early");
        const auto taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }

    std::string_view bytes_;
};

}  // namespace keyway::workflows
